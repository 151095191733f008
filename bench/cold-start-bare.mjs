// Workers to compare with. The first reads the request and returns its input: the cost of the runtime alone.
export function createTrivialWorker(answer) {
  return {
    async fetch(request) {
      const { byteLength } = await request.arrayBuffer();
      return new Response(byteLength > 0 ? answer : 'empty');
    },
  };
}

/** The second only does the WebCrypto operations of a verification: the cost that no library can avoid. */
export function createBareWorker({ keys, checks }) {
  const { subtle } = globalThis.crypto;
  const importKey = ({ format, data, params }) =>
    subtle.importKey(format, format === 'jwk' ? data : bytes(data), params, false, ['verify']);
  return {
    async fetch(request) {
      await request.arrayBuffer();
      const imported = await Promise.all(keys.map(importKey));
      const results = checks.map(({ params, key, signature, data }) =>
        subtle.verify(params, imported[key], bytes(signature), bytes(data)),
      );
      return new Response((await Promise.all(results)).every(Boolean) ? 'verified' : 'rejected');
    },
  };
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
