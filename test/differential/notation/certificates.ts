import { algorithmForKey } from '../../../src/crypto/algorithms.ts';
import { decodePem } from '../../../src/encoding/pem.ts';
import { type Certificate, readCertificate } from '../../../src/x509/certificate.ts';
import { checkSigningChain } from '../../../src/x509/chain.ts';
import { verificationKey } from '../../../src/x509/public-key.ts';
import { listVectors, readVector } from '../../support/vectors.ts';
import {
  type Chain,
  forgedChains,
  opensslChain,
  partsOf,
  signDocument,
  testingChain,
} from './authorities.ts';
import { changeDer } from './change-der.ts';
import { base64, decide } from './decide.ts';
import type { Family } from './family.ts';
import type { Random } from './random.ts';

const KEY_USAGES = [
  ...[
    'digitalSignature',
    'nonRepudiation',
    'keyEncipherment',
    'dataEncipherment',
    'keyAgreement',
    'keyCertSign',
  ],
  ...['cRLSign', 'encipherOnly', 'decipherOnly'],
];

/** Certificate chains with one changed certificate, which its issuer signed, and certificates of others. */
export async function certificates(): Promise<Family> {
  const chains = [...forgedChains(), (await opensslChain()).chain, await testingChain()];
  const foreign = foreignCertificates();
  return {
    name: 'certificate chains',
    make(random) {
      const alone = random.percent(10);
      const chain = alone
        ? [changeDer(random.pick(foreign), random)]
        : changedChain(random.pick(chains), random);
      return {
        task: { kind: alone ? 'certificate' : 'chain', chain: chain.map(base64) },
        decide: () => decideChain(chain, alone),
      };
    },
  };
}

/** Certificates of public authorities, whose keys nobody here has: they are only read. */
function foreignCertificates(): Uint8Array[] {
  return ['truststore/x509/ca/valid-trust-store', 'truststore/x509/tsa/test-timestamp'].flatMap((directory) =>
    listVectors(directory).flatMap((name) => {
      const bytes = readVector(`${directory}/${name}`);
      if (bytes[0] === 0x30) return [bytes];
      return decodePem(new TextDecoder().decode(bytes)).map(({ der }) => der);
    }),
  );
}

/** A chain one of whose certificates was changed and signed anew by its issuer. */
export function changedChain({ chain }: Chain, random: Random): Uint8Array[] {
  const at = random.percent(60) ? 0 : random.below(chain.length);
  const bytes = chain.map(({ der }) => der);
  const issuer = chain[at + 1] ?? chain[at];
  const original = bytes[at];
  const [tbs] = partsOf(original ?? new Uint8Array());
  if (!issuer || !original || !tbs) throw new Error('there is no certificate');
  const changed = random.percent(5)
    ? changeDer(original, random)
    : signDocument(changeDer(tbs, random), original, issuer.key);
  return bytes.with(at, changed);
}

function decideChain(chain: readonly Uint8Array[], alone: boolean) {
  return decide(async () => {
    const read = chain.map(readCertificate);
    if (!alone) await checkSigningChain(read);
    if (!alone) await importLeafKey(read);
    return { verdict: 'accepted', content: read.map(contentOf) };
  });
}

const hexOfLatin1 = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** As the verification of an envelope does, before it uses the key: Go reads every key at once. */
async function importLeafKey([leaf]: readonly Certificate[]): Promise<void> {
  if (leaf) await verificationKey(leaf.publicKey, algorithmForKey(leaf.publicKey.keySpec).importParams);
}

function contentOf(certificate: Certificate): unknown {
  const { basicConstraints: constraints, keyUsage, revocation } = certificate;
  const usages = [...(keyUsage?.usages ?? [])].map((usage) => 1 << KEY_USAGES.indexOf(usage));
  return {
    serial: BigInt(`0x${certificate.serialNumber}`).toString(16),
    issuer: Buffer.from(certificate.issuer.der).toString('hex'),
    subject: Buffer.from(certificate.subject.der).toString('hex'),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    publicKey: Buffer.from(certificate.publicKey.spki).toString('hex'),
    authority: constraints?.ca ?? false,
    pathLength: constraints?.pathLength ?? -1,
    keyUsage: usages.reduce((sum, usage) => sum + usage, 0),
    ocsp: revocation.ocsp.map(hexOfLatin1),
    crl: revocation.crl.map(hexOfLatin1),
  };
}
