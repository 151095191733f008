// How much CPU time a verdict on an envelope takes, with few signers and with many.
import { createSigner } from 'notarykit';
import { generateTestCertificate, generateTestChain } from 'notarykit/testing';
import { extensions, forgeAuthority, forgeKey, forgeLeaf, purposes } from '../forge.mjs';
import { createRsaKeys } from './rsa-keys.mjs';
import { compare } from './sides.mjs';
import { certificatesOf, POLICY, signAll, signMany } from './signed.mjs';

const SIGNERS = 1000;

export async function warmChain(keySpec, bench) {
  return warm(`warm-chain-${keySpec}`, await generateTestChain({ name: 'bench.example', keySpec }), bench);
}

export async function warmSelfSigned(keySpec, bench) {
  return warm(
    `warm-self-signed-${keySpec}`,
    await generateTestCertificate({ name: 'bench.example', keySpec }),
    bench,
  );
}

/** A verifier that knows the signer decides about other envelopes. */
async function warm(name, certificate, { directory, rounds }) {
  const envelopes = await signMany(certificate, 512);
  const input = { policy: POLICY, stores: { ca: certificatesOf(certificate.root) }, envelopes };
  return compare({ directory, name, task: 'verify', input, size: 64, rounds, warmUp: 2048 });
}

/** Each verifier decides about one envelope; they share a trust store. */
export function newVerifier(keySpec, bench) {
  return fresh('verifier', keySpec, bench);
}

/** Each verifier has a trust store of its own and decides about one envelope. */
export function newTrustStore(keySpec, bench) {
  return fresh('trust', keySpec, bench);
}

async function fresh(what, keySpec, { directory, rounds }) {
  const certificate = await generateTestChain({ name: 'bench.example', keySpec });
  const envelopes = await signMany(certificate, 256);
  const input = { policy: POLICY, stores: { ca: certificatesOf(certificate.root) }, envelopes, fresh: what };
  const row = { directory, name: `new-${what}-${keySpec}`, task: 'verify', input };
  return compare({ ...row, size: 32, rounds, warmUp: 1024 });
}

/** A new verifier decides about one envelope of each signer; the warm-up is by another one. */
export async function manySigners(keySpec, { directory }) {
  const input = await fixtureOfMany(keySpec, SIGNERS);
  const warmUp = SIGNERS;
  const row = { directory, name: `many-signers-${keySpec}`, task: 'verify', input, warmUp, renew: true };
  return compare({ ...row, size: SIGNERS / 10, rounds: 10 });
}

/** One verifier decides about envelopes of the same signers again and again. */
export async function signersInTurn(keySpec, { directory, rounds }) {
  const input = await fixtureOfMany(keySpec, 64);
  return compare({
    directory,
    name: `in-turn-${keySpec}`,
    task: 'verify',
    input,
    size: 64,
    rounds,
    warmUp: 2048,
  });
}

/** Signers with keys of their own under one intermediate CA. */
async function fixtureOfMany(keySpec, count) {
  const root = forgeAuthority({ subject: 'Bench Root', key: forgeKey(keySpec) });
  const key = forgeKey(keySpec, 'intermediate');
  const issuer = forgeAuthority({ subject: 'Bench CA', key, issuer: root });
  const keys =
    keySpec === 'EC-256' ? Array.from({ length: count }, () => forgeKey(keySpec)) : createRsaKeys(count);
  const signers = [];
  for (const [i, key] of keys.entries()) {
    const usages = [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.codeSigning]),
    ];
    const leaf = forgeLeaf({ subject: `signer ${i}`, key, issuer, extensions: usages });
    const certificates = [leaf, issuer, root].map(({ pem }) => pem).join('');
    signers.push(await createSigner({ privateKey: leaf.privateKey, certificates }));
  }
  const envelopes = await signAll(signers);
  return { policy: POLICY, stores: { ca: certificatesOf(root.pem) }, envelopes };
}
