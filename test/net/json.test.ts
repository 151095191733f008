import { describe, expect, it } from 'vitest';
import * as s from '../../src/encoding/schema.ts';
import { readExplanation, readJson } from '../../src/net/json.ts';
import { sendRequest } from '../../src/net/transport.ts';
import { everythingOf, failure } from '../oci/support.ts';
import { policyOf, recordingFetch } from './support.ts';

const schema = s.looseObject({ name: s.string() });

function respond(body: string, status = 200) {
  const { fetch } = recordingFetch(() => new Response(body, { status }));
  const url = new URL('https://peer.example.com/');
  return sendRequest({ method: 'GET', url, peer: 'the peer', maxBytes: 1000 }, policyOf({ fetch }));
}

async function read(body: string) {
  return readJson(schema, await respond(body), 'ERR_KMS_RESPONSE');
}

describe('the JSON of a response', () => {
  it('is returned in the shape of the schema', async () => {
    expect(await read('{"name":"a"}')).toEqual({ name: 'a' });
  });

  it.each(['', '<html>', '{}', '[]', '{"name":1}', '{"name":"a","name":"b"}'])(
    'of another shape has the given code: %s',
    async (body) => {
      expect(await failure(read(body))).toMatchObject({
        code: 'ERR_KMS_RESPONSE',
        message: expect.stringContaining('the response of the peer'),
      });
    },
  );

  it('that is too long is rejected', async () => {
    expect(await failure(read(`{"name":"${'x'.repeat(2000)}"}`))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
  });

  it('is not quoted by the error', async () => {
    expect(everythingOf(await failure(read('secret-token')))).not.toContain('secret');
  });
});

describe('the JSON that explains a failure', () => {
  it('is returned in the shape of the schema', async () => {
    expect(readExplanation(schema, await respond('{"name":"a"}', 500))).toEqual({ name: 'a' });
  });

  it.each(['', '<html>', '{}', `{"name":"${'x'.repeat(70_000)}"}`])('may be missing: %.20s', async (body) => {
    expect(readExplanation(schema, await respond(body, 500))).toBeUndefined();
  });
});
