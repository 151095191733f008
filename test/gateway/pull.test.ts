import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/crypto/digest.ts';
import { REPOSITORY } from '../support/artifact.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const manifest = (target: string) => `/v2/${NAME}/manifests/${target}`;

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
});

describe('the pull of a manifest', () => {
  it('passes if it is signed, by tag and by digest, with the bytes that were verified', async () => {
    await stage.sign(stage.image);
    const pull = stage.gateway();
    for (const target of ['v1', stage.image]) {
      const response = await pull(manifest(target), { headers: { accept: 'text/html' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('docker-content-digest')).toBe(stage.image);
      expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(stage.image);
    }
  });

  it('is refused if it is not signed, with the reason and its code in one line', async () => {
    const response = await stage.gateway()(manifest('v1'));

    expect(response.status).toBe(403);
    expect(response.headers.get('notarykit-code')).toBe('ERR_NO_SIGNATURE');
    expect(await errorOf(response)).toMatchObject({
      code: 'DENIED',
      message: `${REPOSITORY}:v1 is not trusted: ${REPOSITORY} has no signature of ${stage.image} (ERR_NO_SIGNATURE)`,
    });
  });

  it('passes for the manifests of a signed index after the index was pulled', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway();
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(403);
    expect((await pull(manifest('multi'))).status).toBe(200);
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(200);
    expect((await pull(manifest(stage.arm64.digest), { method: 'HEAD' })).status).toBe(200);
    expect((await pull(manifest(stage.image))).status).toBe(403);
  });

  it('answers HEAD before GET, as containerd asks', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway();
    const head = await pull(manifest('multi'), { method: 'HEAD' });
    expect([head.status, head.headers.get('docker-content-digest')]).toEqual([200, stage.index.digest]);
    expect(head.headers.get('content-length')).toBe(String(stage.index.size));
    expect((await pull(manifest(stage.index.digest))).status).toBe(200);
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(200);
  });

  it('lets signatures pass', async () => {
    const signature = await stage.sign(stage.image);
    const response = await stage.gateway()(manifest(signature));
    expect([response.status, response.headers.get('notarykit-verdict')]).toEqual([200, 'unjudged']);
  });
});
