import { anySchema, json, members, response } from './inputs.mjs';

export default [
  {
    of: 'net/redact.ts createRedact',
    shape: 'at signs and question marks',
    n: 50_000,
    input: (n) => 'https://@?'.repeat(n),
    call: (f, text) => f(['secret'])(text),
  },
  {
    of: 'net/redact.ts createRedact',
    shape: 'one URL of slashes',
    n: 50_000,
    input: (n) => `https:${'/'.repeat(n)}@`,
    call: (f, text) => f(['secret'])(text),
  },
  {
    of: 'net/redact.ts createRedact',
    shape: 'the start of a secret',
    n: 50_000,
    input: (n) => 'a'.repeat(n),
    call: (f, text) => f([`${'a'.repeat(1000)}b`])(text),
  },
  {
    of: 'net/body.ts readAtMost',
    shape: 'small chunks',
    n: 5000,
    input: (n) => n,
    call: (f, n) => f(streamOf(n), { maxBytes: 2 ** 24, signal: new AbortController().signal, expected: 0 }),
  },
  {
    of: 'net/content-coding.ts decodeBody',
    n: 100_000,
    input: (n, { gzipSync }) => gzipSync(Buffer.alloc(n)),
    call: (f, body) =>
      f(body, new Headers({ 'content-encoding': 'gzip' }), {
        maxBytes: 2 ** 24,
        signal: new AbortController().signal,
      }),
  },
  {
    of: 'net/json.ts readJson',
    n: 4000,
    input: (n) => json(members(n, String)),
    call: (f, bytes, tools) => f(anySchema(tools), response(bytes), 'ERR_REGISTRY_RESPONSE'),
  },
  {
    of: 'net/json.ts readExplanation',
    n: 4000,
    input: (n) => json(members(n, String)),
    call: (f, bytes, tools) => f(anySchema(tools), response(bytes)),
  },
];

function streamOf(n) {
  let left = n;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(64));
      else controller.close();
    },
  });
}
