import { afterEach, describe, expect, it, vi } from 'vitest';
import { signatureAlgorithms } from '../../src/crypto/algorithms.ts';
import { probeAlgorithms } from '../../src/crypto/probe.ts';
import { rejection } from '../encoding/failure.ts';
import { withoutCurve } from './limited.ts';

afterEach(() => vi.unstubAllGlobals());

describe('probeAlgorithms', () => {
  it('reports on every type of key that may sign', async () => {
    expect(Object.keys(await probeAlgorithms())).toEqual(signatureAlgorithms.map(({ keySpec }) => keySpec));
  });

  it('finds a curve that the runtime lacks, and nothing else', async () => {
    const here = await probeAlgorithms();
    vi.stubGlobal('crypto', withoutCurve('P-521'));
    expect(await probeAlgorithms()).toEqual({ ...here, 'EC-521': false });
  });

  it('fails if the runtime has no WebCrypto', async () => {
    vi.stubGlobal('crypto', undefined);
    expect(await rejection(probeAlgorithms(), 'ERR_RUNTIME_UNSUPPORTED')).toContain(
      'this runtime has no globalThis.crypto.subtle',
    );
  });
});
