import { describe, expect, it } from 'vitest';
import { sendRequest } from '../../src/net/transport.ts';
import { rejection } from '../support/artifact.ts';
import { encodeBody } from '../support/encode-body.ts';
import { policyOf, recordingFetch } from './support.ts';

const BODY = new TextEncoder().encode(
  JSON.stringify({ manifests: Array.from({ length: 40 }, () => 'entry') }),
);

/** Sends a request whose response has a body that the runtime leaves as it is. */
async function receive(body: Uint8Array, headers: Record<string, string>, status = 200, maxBytes = 1000) {
  const { fetch } = recordingFetch(() => new Response(body as BodyInit, { status, headers }));
  const url = new URL('https://peer.example.com/');
  return sendRequest({ method: 'GET', url, maxBytes }, policyOf({ fetch }));
}

describe('a body that the runtime leaves encoded', () => {
  it.each(['gzip', 'x-gzip', 'deflate', 'GZIP', ' gzip '] as const)('in %s is decoded', async (coding) => {
    const encoded = await encodeBody(coding, BODY);
    expect((await receive(encoded, { 'content-encoding': coding })).body).toEqual(BODY);
  });

  it('in two encodings is decoded from the last to the first', async () => {
    const encoded = await encodeBody('gzip', await encodeBody('deflate', BODY));
    expect((await receive(encoded, { 'content-encoding': 'deflate, gzip' })).body).toEqual(BODY);
  });

  it('is only decoded as far as the limit', async () => {
    const bomb = await encodeBody('gzip', new Uint8Array(400_000));
    const response = await receive(bomb, { 'content-encoding': 'gzip' });
    expect([response.body.length, response.truncated]).toEqual([1001, true]);
  });

  it('in an encoding that runtimes have under no name is refused, and named', async () => {
    const encoded = await encodeBody('zstd', BODY);
    expect(await rejection(receive(encoded, { 'content-encoding': 'zstd' }))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'peer.example.com sends a body in the encoding "zstd", which this runtime does not decode',
      nextStep: expect.stringContaining('without a Content-Encoding'),
    });
  });

  it.each(['compress', 'gzip, exi', 'a\u00e9b'])('in the unknown encoding %s is refused', async (coding) => {
    const error = await rejection(receive(await encodeBody('gzip', BODY), { 'content-encoding': coding }));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(String(error)).toContain('sends a body in the unknown encoding "');
  });

  it('in more than four encodings is rejected', async () => {
    const headers = { 'content-encoding': Array.from({ length: 1000 }, () => 'gzip').join() };
    expect(await rejection(receive(await encodeBody('gzip', BODY), headers))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('in 1000 encodings'),
    });
  });

  it('in gzip and is cut off is an error', async () => {
    const encoded = await encodeBody('gzip', BODY);
    const half = encoded.subarray(0, encoded.length - 6);
    expect(await rejection(receive(half, { 'content-encoding': 'gzip' }))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('broke off in the middle of a response'),
    });
  });

  it('and explains a failure does not hide the status', async () => {
    const encoded = await encodeBody('zstd', BODY);
    expect((await receive(encoded, { 'content-encoding': 'zstd' }, 404)).status).toBe(404);
  });
});

describe('a body with a Content-Encoding header', () => {
  it.each(['gzip', 'br', 'zstd', 'deflate', 'identity', 'aws-chunked', ''])(
    'of %j that the runtime has decoded is taken',
    async (coding) => {
      expect((await receive(BODY, { 'content-encoding': coding })).body).toEqual(BODY);
    },
  );

  it('is not decoded twice where the content is a file of that format', async () => {
    const file = await encodeBody('gzip', BODY);
    const sent = await encodeBody('gzip', file);
    const headers = { 'content-encoding': 'gzip', 'content-length': String(sent.length) };
    expect((await receive(file, headers)).body).toEqual(file);
  });

  it('may be empty', async () => {
    expect((await receive(new Uint8Array(), { 'content-encoding': 'compress' })).body).toHaveLength(0);
  });
});
