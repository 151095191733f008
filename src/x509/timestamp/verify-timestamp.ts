import { Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readAlgorithmOid, readOid, readTime } from '../../asn1/values.ts';
import { hash } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { equalBytes, readBytes } from '../../encoding/bytes.ts';
import { isNotationError } from '../../errors/index.ts';
import { type Certificate, type CertificateInput, readCertificates } from '../certificate.ts';
import { checkValidAt } from '../chain.ts';
import { KnownChains } from '../known-chains.ts';
import {
  hashNamed,
  isSignatureOf,
  readSignatureAlgorithm,
  type SupportedSignatureAlgorithm,
  verifyOrThrow,
} from '../signature.ts';
import { AcceptedForms } from './accepted-forms.ts';
import type { SignerInfo } from './cms.ts';
import { type ReadTimestamp, readTimestamp } from './read-timestamp.ts';
import { findSigningCertificate } from './signing-certificate.ts';
import { timestampInvalid } from './token-rules.ts';
import { findTsaChain } from './tsa-chain.ts';
import type { TimestampExpectation, VerifiedTimestamp } from './types.ts';

/**
 * Verifies an RFC 3161 timestamp: that it covers the signature, that its own signature is good, and that the signer has a
 * certificate chain for timestamping which was valid at that time and leads to one of the roots. Revocation is not
 * checked: check the chain of the result.
 *
 * @param token - TimeStampToken, BER or DER, at most 1 MiB.
 * @param expectation - The primitive signature that the timestamp must cover, the trusted roots in any form of
 * `CertificateInput`, and in `accept` the forms of timestamps to accept although the `notation` CLI rejects them.
 * @returns The time with its accuracy, and the certificate chain of the TSA.
 * @throws NotationError `ERR_TIMESTAMP_INVALID` for a token that is malformed, covers another signature or has a wrong
 * signature, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID` for a token or signature that is not bytes, and
 * for roots that are not certificates, `ERR_ENCODING_INVALID` for roots that are neither PEM nor DER
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#timestamp-countersignature-verification-details
 * (rule TIME-5)
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 * import { createTimestamper, type TimestampVerifier, verifyTimestamp } from 'notarykit/x509/timestamp';
 *
 * const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ accuracy: 500 });
 * const signature = new Uint8Array(64); // in practice the primitive signature of an envelope
 * const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
 * const { token } = await timestamper.timestamp(signature, 'SHA-256');
 *
 * const { earliest, latest } = await verifyTimestamp(token, { signature, roots: rootCertificate });
 * console.log(earliest.toISOString(), latest.toISOString()); // a second apart
 *
 * // For the option `timestamp` of a verifier that accepts what more authorities issue:
 * const lenient: TimestampVerifier = (bytes, expectation) =>
 *   verifyTimestamp(bytes, { ...expectation, accept: ['otherCertificates', 'signingCertificateV1'] });
 * const { accepted } = await lenient(token, { signature, roots: parseCertificates(rootCertificate) });
 * console.log(accepted); // undefined: the token has neither form
 * ```
 */
export async function verifyTimestamp(
  token: Uint8Array,
  expectation: TimestampExpectation<CertificateInput>,
): Promise<VerifiedTimestamp> {
  const bytes = readBytes(token, 'the timestamp token');
  // Callers may write JavaScript, and leave the expectation out.
  const signature = readBytes(expectation?.signature, 'signature');
  const roots = readCertificates(expectation.roots, 'roots');
  const { accept } = expectation;
  const ofToken = new AcceptedForms(accept);
  const [root = {}] = roots;
  const known = KnownChains.of(root);
  const timestamp = await readTimestamp(bytes, signature, ofToken, known);
  const { policy, serialNumber, time, earliest, latest } = timestamp.info;
  let failure: unknown;
  // One good signer suffices, as in the reference; otherwise the failure of the first one is reported.
  for (const signerInfo of timestamp.signed.signerInfos) {
    try {
      const ofSigner = new AcceptedForms(accept);
      const certificates = await verifySigner(signerInfo, timestamp, roots, ofSigner);
      known.add(certificates);
      const accepted = [...ofToken.used, ...ofSigner.used];
      const verified = { time, earliest, latest, policy, serialNumber, certificates };
      return accepted.length > 0 ? { ...verified, accepted } : verified;
    } catch (error) {
      if (!isNotationError(error)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? timestampInvalid('it has no signer');
}

async function verifySigner(
  signer: SignerInfo,
  { signed, info, certificates }: ReadTimestamp,
  roots: readonly Certificate[],
  forms: AcceptedForms,
): Promise<readonly Certificate[]> {
  if (signer.version !== 1) throw timestampInvalid('its signer is not of version 1');
  const leaf = await findSigningCertificate(signer, certificates, forms);
  await checkContent(signer, signed.content);
  await checkSignature(signer, leaf);
  const chain = await findTsaChain(leaf, certificates, roots, info.time);
  const signingTime = signer.attributes.get(Oid.signingTime);
  if (signingTime) checkValidAt(chain, readTime(signingTime));
  return chain;
}

/** Checks that the signed attributes belong to the content (RFC 5652, section 5.6; rule RFC-17). */
async function checkContent({ attributes, digestAlgorithm }: SignerInfo, content: Uint8Array): Promise<void> {
  const type = attributes.get(Oid.contentType);
  if (!type || readOid(type) !== Oid.tstInfo)
    throw timestampInvalid('the content type that its signer signed is not TSTInfo');
  const digest = attributes.get(Oid.messageDigest)?.read(Tag.octetString).content;
  if (!digest) throw timestampInvalid('it lacks the signed attribute messageDigest');
  if (!equalBytes(digest, await hash(digestHash(digestAlgorithm), content))) {
    throw timestampInvalid('its message digest is not that of its content');
  }
}

async function checkSignature(signer: SignerInfo, leaf: Certificate): Promise<void> {
  const { signature, signedBytes } = signer;
  const algorithm = algorithmOf(signer);
  const good = await verifyOrThrow(
    () => isSignatureOf(leaf.publicKey, algorithm, signature, signedBytes),
    (reason, cause) => timestampInvalid(`its signature ${reason}`, cause),
  );
  if (good) return;
  throw timestampInvalid('its signature was not made by its signer');
}

/**
 * Reads the signature algorithm. Oid.rsaEncryption may be named without a hash function, which is then that of the digest.
 * @see docs/specification.md, rule TIME-7
 */
function algorithmOf({ signatureAlgorithm, digestAlgorithm }: SignerInfo): SupportedSignatureAlgorithm {
  const identifier = signatureAlgorithm.inside(signatureAlgorithm.rest());
  if (readAlgorithmOid(identifier) === Oid.rsaEncryption)
    return { name: 'RSASSA-PKCS1-v1_5', hash: digestHash(digestAlgorithm) };
  const algorithm = readSignatureAlgorithm(signatureAlgorithm);
  if (algorithm.name === 'unsupported') {
    throw timestampInvalid(`it is signed with ${algorithm.reason}, which is not allowed`);
  }
  // RFC 4056, section 3.
  if (algorithm.name === 'RSA-PSS' && algorithm.hash !== digestHash(digestAlgorithm)) {
    throw timestampInvalid('its signature and its message digest use different hash functions');
  }
  return algorithm;
}

function digestHash(oid: string): HashName {
  const name = hashNamed(oid);
  if (name) return name;
  throw timestampInvalid(`its signer uses the hash function ${oid}, which is not allowed`);
}
