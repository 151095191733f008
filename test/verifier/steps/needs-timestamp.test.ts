import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  NotationError,
  parseTrustPolicy,
  type Registry,
  sign,
} from '../../../src/index.ts';
import { composeVerifier } from '../../../src/verifier/index.ts';
import type { TimestampVerifier } from '../../../src/x509/timestamp/index.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import { type Forged, forgeAuthority, forgeLeaf } from '../../support/forge.ts';

const HOUR = 3_600_000;
const signedAt = Math.floor(Date.now() / 1000) * 1000;
const at = (hours: number) => new Date(signedAt + hours * HOUR);
const tsaRoot = forgeAuthority({ subject: 'TSA root' });

/** A chain of three whose certificates expire so many hours after the signature was made. */
function forgeChain(leafHours: number, middleHours: number, rootHours: number): Forged[] {
  const from = { notBefore: at(-1) };
  const root = forgeAuthority({ subject: 'root', ...from, notAfter: at(rootHours) });
  const middle = forgeAuthority({ subject: 'middle', issuer: root, ...from, notAfter: at(middleHours) });
  return [forgeLeaf({ issuer: middle, ...from, notAfter: at(leafHours) }), middle, root];
}

const refusingTimestamp: TimestampVerifier = () =>
  Promise.reject(new NotationError('ERR_TIMESTAMP_INVALID', 'the timestamp was required'));

/** Returns the result of the check of the authentic timestamp, with a verifier that rejects every timestamp. */
async function checkAfter(
  hours: number,
  { certificates, registry, reference }: Signed,
  verifyTimestamp = 'afterCertExpiry',
) {
  const verifier = composeVerifier({
    registry,
    timestamp: refusingTimestamp,
    clock: () => at(hours),
    trustStore: createTrustStore({ 'ca:acme': certificates.at(-1)?.pem ?? '', 'tsa:acme': tsaRoot.pem }),
    trustPolicy: parseTrustPolicy(
      policyDocument({
        trustStores: ['ca:acme', 'tsa:acme'],
        signatureVerification: { level: 'strict', verifyTimestamp },
      }),
    ),
  });
  const { signatures } = await verifier.evaluate(reference);
  const check = signatures[0]?.checks.find(({ name }) => name === 'authenticTimestamp');
  return check?.reason?.code ?? check?.result;
}

interface Signed {
  certificates: Forged[];
  registry: Registry;
  reference: string;
}

async function signWith(certificates: Forged[]): Promise<Signed> {
  const image = await pushImage();
  const pem = certificates.map((certificate) => certificate.pem).join('');
  const signer = await createSigner({ privateKey: certificates[0]?.privateKey ?? '', certificates: pem });
  const token = Uint8Array.of(0x30, 0);
  const stamp = { time: at(0), earliest: at(0), latest: at(0), policy: '1.2.3', serialNumber: '2a' };
  const timestamp = { timestamp: async () => ({ ...stamp, token, certificates: [] }) };
  await sign(image.reference, { signer, registry: image.registry, timestamp });
  return { ...image, certificates };
}

describe('a timestamp that is required after the expiry of certificates', () => {
  const chains = {
    leaf: forgeChain(2, 50, 50),
    intermediate: forgeChain(50, 2, 50),
    root: forgeChain(50, 50, 2),
  };
  const signed = new Map<string, Signed>();
  beforeAll(async () => {
    for (const [name, chain] of Object.entries(chains)) signed.set(name, await signWith(chain));
  });

  it.each(['leaf', 'intermediate', 'root'])('is required when only the %s has expired', async (name) => {
    const one = signed.get(name);
    if (!one) throw new Error(`nothing was signed with the chain ${name}`);
    expect(await checkAfter(3, one)).toBe('ERR_TIMESTAMP_INVALID');
  });

  it.each(['leaf', 'intermediate', 'root'])(
    'is not required at the last moment of the %s, unless it always is',
    async (name) => {
      const one = signed.get(name);
      if (!one) throw new Error(`nothing was signed with the chain ${name}`);
      expect(await checkAfter(2, one)).toBe('passed');
      expect(await checkAfter(2, one, 'always')).toBe('ERR_TIMESTAMP_INVALID');
    },
  );
});
