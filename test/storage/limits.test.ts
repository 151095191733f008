import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  copySignatures,
  createMemoryRegistry,
  createRegistry,
  createSigner,
  deleteSignature,
  inspect,
  listSignatures,
  type OperationLimits,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage, rejection } from '../support/artifact.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';

const signer: Signer = await createSigner(
  await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }),
);
const registry: Registry = createRegistry();

let server: RegistryServer;
let reference: string;
let digest: string;
/** How many more requests the registry responds to. */
let responsive: number;

beforeEach(async () => {
  responsive = Number.POSITIVE_INFINITY;
  server = await startRegistry({ intercept: () => --responsive < 0 });
  onTestFinished(() => server.close());
  ({ reference } = await pushImage(registry, `${server.host}/team/app`));
  ({ digest } = (await sign(reference, { signer, registry })).signature);
});

async function list(limits?: OperationLimits) {
  for await (const signature of listSignatures(reference, { registry, limits })) {
    expect(signature.digest).toBe(digest);
  }
}

async function copy(limits?: OperationLimits) {
  const to = createMemoryRegistry();
  await copySignatures(registry, to, reference, { target: 'mirror.example.com/app', artifact: true, limits });
}

const OPERATIONS: [string, (limits?: OperationLimits) => Promise<unknown>][] = [
  ['listSignatures', list],
  ['copySignatures', copy],
  ['deleteSignature', (limits) => deleteSignature(reference, { registry, digest, limits })],
  ['inspect', (limits) => inspect(reference, { registry, limits })],
];

describe.each(OPERATIONS)('%s', (_, operation) => {
  it('ends when its requests are used up, and says so', async () => {
    expect(await rejection(operation({ requests: 1 }))).toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('exceeds its limit of 1 requests (limits.requests)'),
    });
  });

  it('ends when its bytes are used up, and says so', async () => {
    expect(await rejection(operation({ bytes: 10 }))).toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('exceeds its limit of 10 bytes (limits.bytes)'),
    });
  });

  it.each([0, 1])(
    'ends when its time is used up, and says so, if the registry hangs after %i responses',
    async (responses) => {
      responsive = responses;
      expect(await rejection(operation({ time: 100 }))).toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringContaining('did not end before the limit of 100 ms'),
      });
    },
  );

  it('rejects limits that it does not know', async () => {
    expect(await rejection(operation({ pages: 5 } as OperationLimits))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('limits must have no members but time, requests, bytes'),
    });
  });
});
