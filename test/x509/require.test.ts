import { beforeAll, describe, expect, it } from 'vitest';
import { generateTestChain } from '../../src/testing/index.ts';
import {
  type Certificate,
  checkSigningChain,
  checkValidAt,
  parseCertificates,
} from '../../src/x509/index.ts';
import { failure, rejection } from '../encoding/failure.ts';

// Mistakes of callers in plain JavaScript must not pass a check because there is nothing to check.

let pem: string;
let chain: Certificate[];

beforeAll(async () => {
  ({ certificates: pem } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }));
  chain = parseCertificates(pem);
});

const now = new Date();
const noChains: [string, () => unknown][] = [
  ['a list of lists', () => [chain]],
  ['a Set of certificates', () => new Set(chain)],
  ['a list with holes', () => new Array(3)],
  ['objects with the bytes alone', () => chain.map(({ der }) => ({ der }))],
  ['certificates that went through JSON', () => JSON.parse(JSON.stringify(chain))],
  ['nothing', () => undefined],
  ['null', () => null],
];

describe('checkSigningChain', () => {
  it.each(noChains)('rejects %s', async (_, give) => {
    const checking = checkSigningChain(give() as Certificate[]);
    expect(await rejection(checking, 'ERR_ARGUMENT_INVALID')).toContain('the certificate chain must be');
  });

  it('rejects an empty list as a chain', async () => {
    await rejection(checkSigningChain([]), 'ERR_CERTIFICATE_CHAIN_INVALID');
  });

  it('takes certificates that were cloned', async () => {
    await checkSigningChain(structuredClone(chain));
  });
});

describe('checkValidAt', () => {
  const refuse = (of: unknown, time: unknown) =>
    failure(() => checkValidAt(of as Certificate[], time as Date), 'ERR_ARGUMENT_INVALID');

  it.each(noChains)('rejects %s', (_, give) => {
    expect(refuse(give(), now)).toContain('the certificate chain must be');
  });

  it('rejects an empty list, which would pass the check', () => {
    expect(refuse([], now)).toContain('at least one');
  });

  it.each([['2026-01-01'], [Date.now()], [undefined], [null], [new Date(Number.NaN)], [{}]])(
    'rejects %s for a time',
    (time) => {
      expect(refuse(chain, time)).toContain('the time must be a valid Date');
    },
  );
});
