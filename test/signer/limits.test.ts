import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { createSigner, type Registry, type Signer, sign, signBlob } from '../../src/index.ts';
import { generateTestCertificate, generateTestChain } from '../../src/testing/index.ts';
import { createTimestamper, type Timestamper } from '../../src/x509/timestamp/index.ts';
import { pushImage } from '../support/artifact.ts';

const never = new Promise<never>(() => undefined);

let signer: Signer;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry, reference } = await pushImage());
});

describe('signing', () => {
  it('ends at its deadline though the signer ignores it', async () => {
    const hanging: Signer = { ...signer, sign: () => never };
    const work = sign(reference, { signer: hanging, registry, limits: { time: 50 } });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('the limit of 50 ms for the signing of'),
    });
  });

  it('has 60 seconds by default', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timer.mockRestore());
    await signBlob(encodeUtf8('blob'), { signer });
    expect(timer.mock.calls.map(([, delay]) => delay)).toContain(60_000);
  });

  it.each([
    ['requests', 1000],
    ['bytes', 128 * 1024 * 1024],
  ] as const)('has a limit of %s by default: %i', async (resource, limit) => {
    const signWith = (amount: number) => {
      const charging: Signer = {
        ...signer,
        async sign(bytes, options) {
          options?.budget?.charge(resource, amount);
          return signer.sign(bytes);
        },
      };
      return signBlob(encodeUtf8('blob'), { signer: charging });
    };
    await signWith(limit);
    await expect(signWith(limit + 1)).rejects.toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('ends at its deadline though the timestamper ignores it', async () => {
    const timestamp: Timestamper = { timestamp: () => never };
    const work = sign(reference, { signer, registry, timestamp, limits: { time: 50 } });
    await expect(work).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('passes its signal and budget to the signer', async () => {
    const charging: Signer = {
      ...signer,
      async sign(bytes, options) {
        expect(options?.signal?.aborted).toBe(false);
        options?.budget?.charge('requests', 6);
        return signer.sign(bytes);
      },
    };
    const work = sign(reference, { signer: charging, registry, limits: { requests: 5 } });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('limit of 5 requests (limits.requests)'),
    });
  });

  it('charges the requests for a timestamp', async () => {
    const { root } = await generateTestChain({ name: 'tsa.example', keySpec: 'EC-256' });
    const body = new Uint8Array(2000);
    const timestamp = createTimestamper({
      url: 'http://tsa.example',
      rootCertificates: root,
      fetch: async () => new Response(body, { headers: { 'content-type': 'application/timestamp-reply' } }),
    });
    const work = sign(reference, { signer, registry, timestamp, limits: { bytes: 1000 } });
    await expect(work).rejects.toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('of a blob takes as long as the stream of the caller', async () => {
    const slow = async function* () {
      yield encodeUtf8('bl');
      await new Promise((resolve) => setTimeout(resolve, 600));
      yield encodeUtf8('ob');
    };
    const { artifact } = await signBlob(slow(), { signer, limits: { time: 500 } });
    expect(artifact.size).toBe(4);
  });

  it('refuses limits that it does not have', async () => {
    const limits = { signatures: 5 } as never;
    await expect(sign(reference, { signer, registry, limits })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('limits must have no members but time, requests, bytes'),
    });
  });
});
