import { Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readOid, readTime } from '../../asn1/values.ts';
import { hash } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import type { Certificate } from '../certificate.ts';
import { checkValidAt } from '../chain.ts';
import { requireCertificates } from '../require.ts';
import {
  hashNamed,
  isSignatureOf,
  readSignatureAlgorithm,
  type SupportedSignatureAlgorithm,
  tellSignature,
} from '../signature.ts';
import type { SignerInfo } from './cms.ts';
import { type ReadTimestamp, readTimestamp } from './read-timestamp.ts';
import { findSigningCertificate } from './signing-certificate.ts';
import { findAuthorityChain } from './tsa-chain.ts';
import type { TimestampExpectation, VerifiedTimestamp } from './types.ts';

/**
 * Verifies an RFC 3161 time-stamp: that it is about the signature, who signed it, and that this authority has a
 * certificate chain for time-stamping which was valid then and leads to one of the roots. Whether the authority is
 * revoked is not asked here: check the chain of the result.
 *
 * @param token - TimeStampToken, BER or DER, at most 1 MiB.
 * @param expectation - The primitive signature that must have been time-stamped, and the roots that are trusted.
 * @returns The time with its accuracy, and the chain of the authority.
 * @throws NotationError `ERR_TIMESTAMP_INVALID` for a token that is malformed, of something else or not signed by who
 * it says, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID` for a token or signature that is not bytes, and
 * for roots that are not parsed certificates
 * @see Trust store and trust policy specification, "Timestamp Countersignature Verification details"; RFC 3161,
 * RFC 5652, RFC 5816
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 * import { createTimestamper, verifyTimestamp } from 'notarykit/x509/timestamp';
 *
 * const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ accuracy: 500 });
 * const signature = new Uint8Array(64); // in truth the primitive signature of an envelope, and its token
 * const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
 * const { token } = await timestamper.timestamp(signature, 'SHA-256');
 *
 * const roots = parseCertificates(rootCertificate);
 * const { earliest, latest } = await verifyTimestamp(token, { signature, roots });
 * console.log(earliest.toISOString(), latest.toISOString()); // a second apart
 * ```
 */
export async function verifyTimestamp(
  token: Uint8Array,
  { signature, roots }: TimestampExpectation,
): Promise<VerifiedTimestamp> {
  checkArguments(token, signature, roots);
  const timestamp = await readTimestamp(token, signature);
  const { policy, serialNumber, time, earliest, latest } = timestamp.info;
  let failure: unknown;
  // One good signer suffices, as in the reference; of those that are not the first one is the reason.
  for (const signerInfo of timestamp.signed.signerInfos) {
    try {
      const certificates = await verifySigner(signerInfo, timestamp, roots);
      return { time, earliest, latest, policy, serialNumber, certificates };
    } catch (error) {
      if (!isNotationError(error)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? invalid('nobody signed it');
}

/** Callers may write JavaScript: PEM, for one, would be compared with nothing. */
function checkArguments(token: unknown, signature: unknown, roots: unknown): void {
  if (!(token instanceof Uint8Array)) throw argumentInvalid('the time-stamp token must be a Uint8Array');
  if (!(signature instanceof Uint8Array)) throw argumentInvalid('signature must be a Uint8Array');
  requireCertificates(roots, 'roots');
}

async function verifySigner(
  signer: SignerInfo,
  { signed, info, certificates }: ReadTimestamp,
  roots: readonly Certificate[],
): Promise<Certificate[]> {
  if (signer.version !== 1) throw invalid('it has a signer of a version other than 1');
  const leaf = await findSigningCertificate(signer, certificates);
  await checkContent(signer, signed.content);
  await checkSignature(signer, leaf);
  const chain = await findAuthorityChain(leaf, certificates, roots, info.time);
  const signingTime = signer.attributes.get(Oid.signingTime);
  if (signingTime) checkValidAt(chain, readTime(signingTime));
  return chain;
}

/** The signed attributes must be about this content (RFC 5652, section 5.6). */
async function checkContent({ attributes, digestAlgorithm }: SignerInfo, content: Uint8Array): Promise<void> {
  const type = attributes.get(Oid.contentType);
  if (!type || readOid(type) !== Oid.tstInfo) throw invalid('its signer does not say that it signed a time');
  const digest = attributes.get(Oid.messageDigest)?.read(Tag.octetString).content;
  if (!digest) throw invalid('its signer does not say what it signed');
  if (!equalBytes(digest, await hash(digestHash(digestAlgorithm), content))) {
    throw invalid('its signer signed another time');
  }
}

async function checkSignature(signer: SignerInfo, leaf: Certificate): Promise<void> {
  const { signature, signedBytes } = signer;
  const algorithm = algorithmOf(signer);
  const good = await tellSignature(
    () => isSignatureOf(leaf.publicKey, algorithm, signature, signedBytes),
    (reason, cause) => invalid(`its signature ${reason}`, cause),
  );
  if (good) return;
  throw invalid('its signature is not that of its signer');
}

/** Of RSA the algorithm may be named without its hash, which is then that of the digest. */
function algorithmOf({ signatureAlgorithm, digestAlgorithm }: SignerInfo): SupportedSignatureAlgorithm {
  const identifier = signatureAlgorithm.inside(signatureAlgorithm.rest());
  if (readOid(identifier) === Oid.rsaEncryption)
    return { name: 'RSASSA-PKCS1-v1_5', hash: digestHash(digestAlgorithm) };
  const algorithm = readSignatureAlgorithm(signatureAlgorithm);
  if (algorithm.name === 'unsupported') {
    throw invalid(`it is signed with ${algorithm.reason}, which is not allowed`);
  }
  // RFC 4056, section 3.
  if (algorithm.name === 'RSA-PSS' && algorithm.hash !== digestHash(digestAlgorithm)) {
    throw invalid('its signature and its digest are made with different hash functions');
  }
  return algorithm;
}

function digestHash(oid: string): HashName {
  const name = hashNamed(oid);
  if (name) return name;
  throw invalid(`its signer uses the hash function ${oid}, which is not allowed`);
}

function invalid(reason: string, cause?: unknown): NotationError {
  const options = cause === undefined ? {} : { cause };
  return new NotationError('ERR_TIMESTAMP_INVALID', `the time-stamp cannot be relied on: ${reason}`, options);
}
