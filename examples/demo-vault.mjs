// A stand-in for HashiCorp Vault or OpenBao, if the demo has none: the part of the transit engine that signs with an ECDSA
// P-256 key, in memory, on loopback.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { p256 } from '@noble/curves/nist.js';

export async function startVault() {
  const token = randomUUID();
  const keys = new Map();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString() || '{}') : {};
    const result = respond(keys, token, request, body);
    response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(result.status === 204 ? undefined : JSON.stringify(result.body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    token,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

function respond(keys, token, { method, url, headers }, body) {
  if (headers['x-vault-token'] !== token) return { status: 403, body: { errors: ['permission denied'] } };
  const [, action, name, hash] = /^\/v1\/transit\/(keys|sign)\/([\w-]+)(?:\/([\w-]+))?$/.exec(url) ?? [];
  if (action === 'keys' && method === 'POST') {
    keys.set(name, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    return { status: 204 };
  }
  const key = keys.get(name);
  if (!key) return { status: 404, body: { errors: [] } };
  if (action === 'keys') {
    const publicKey = key.publicKey.export({ type: 'spki', format: 'pem' });
    return {
      status: 200,
      body: { data: { type: 'ecdsa-p256', latest_version: 1, keys: { 1: { public_key: publicKey } } } },
    };
  }
  if (hash !== 'sha2-256' || body.prehashed !== true)
    return { status: 400, body: { errors: ['not in this demo'] } };
  return {
    status: 200,
    body: { data: { signature: `vault:v1:${signDigest(key.privateKey, body.input)}`, key_version: 1 } },
  };
}

/** Returns r and s concatenated, in the base64 of JWS (marshaling_algorithm "jws"). */
function signDigest(privateKey, digest) {
  const { d } = privateKey.export({ format: 'jwk' });
  const signature = p256.sign(Buffer.from(digest, 'base64'), Buffer.from(d, 'base64url'), { prehash: false });
  return Buffer.from(signature).toString('base64url');
}
