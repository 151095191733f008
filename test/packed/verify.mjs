// A user's code, with public names only: verifies what the notation CLI signed, and the same with one byte
// changed. Runs wherever ES modules run.
import { parseTrustPolicy } from 'notarykit/policy';
import { composeVerifier, VerificationError } from 'notarykit/verifier';
import { createTrustStore } from 'notarykit/x509';
import fixture from './fixture.json' with { type: 'json' };

/**
 * @param entries - For each entry point of the package a function that imports it.
 * @returns What was seen, in a line.
 * @throws Error when anything is not as it should be
 */
export async function verifyFixture(entries) {
  const empty = [];
  for (const [specifier, load] of Object.entries(entries)) {
    if (Object.keys(await load()).length === 0) empty.push(specifier);
  }
  if (empty.length > 0) throw new Error(`nothing is exported by ${empty}`);
  for (const signature of fixture.signatures) {
    await expectVerified(signature);
    await expectRejected(signature);
  }
  const formats = fixture.signatures.map(({ mediaType }) => mediaType).join(' and ');
  return `${Object.keys(entries).length} entry points imported, ${formats} verified, one changed byte rejected`;
}

async function expectVerified({ mediaType, envelope }) {
  const { outcome, signatures } = await verify(decodeBase64(envelope), mediaType);
  const incomplete = signatures[0].checks.filter(({ result }) => result !== 'passed');
  if (outcome !== 'verified' || incomplete.length > 0) {
    throw new Error(`${mediaType} is ${outcome}, with ${JSON.stringify(incomplete)}`);
  }
}

async function expectRejected({ mediaType, envelope }) {
  const bytes = decodeBase64(envelope);
  // In both formats the signature value comes last; letters are good Base64 too.
  const index = bytes.length - 10;
  bytes[index] = bytes[index] === 0x41 ? 0x42 : 0x41;
  const error = await verify(bytes, mediaType).then(
    () => new Error(`${mediaType} is verified with a byte changed`),
    (error) => error,
  );
  if (!(error instanceof VerificationError)) throw error;
  const codes = [error.code, error.report.reason.code];
  if (codes.join() !== 'ERR_VERIFICATION_FAILED,ERR_SIGNATURE_INVALID')
    throw new Error(codes.join(), { cause: error });
}

function verify(bytes, mediaType) {
  const verifier = composeVerifier({
    trustPolicy: parseTrustPolicy({
      version: '1.0',
      trustPolicies: [
        {
          name: 'release',
          registryScopes: ['registry.example.com/team/app'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:acme'],
          trustedIdentities: [fixture.identity],
        },
      ],
    }),
    trustStore: createTrustStore({ 'ca:acme': fixture.root }),
    clock: () => new Date(fixture.at),
  });
  return verifier.verifyEnvelope(bytes, {
    mediaType,
    artifact: fixture.artifact,
    reference: fixture.reference,
  });
}

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
