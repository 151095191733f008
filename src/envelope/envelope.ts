import { algorithmForKey, type SignatureAlgorithm } from '../crypto/algorithms.ts';
import type { CryptoKey } from '../crypto/types.ts';
import { verifySignature } from '../crypto/verify.ts';
import { isBytes, ownBytes, readBytes } from '../encoding/bytes.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';
import { oneLine, quote } from '../errors/quote.ts';
import { type Certificate, type CertificateInput, readCertificates } from '../x509/certificate.ts';
import { checkSigningChain, checkValidAt } from '../x509/chain.ts';
import { KnownChains } from '../x509/known-chains.ts';
import { verificationKey } from '../x509/public-key.ts';
import { envelopeInvalid } from './attributes.ts';
import { cose } from './cose.ts';
import { parseCose } from './cose-reader.ts';
import { jws } from './jws.ts';
import { parseJws } from './jws-reader.ts';
import { checkPartSize } from './limits.ts';
import type {
  EnvelopeContent,
  EnvelopeFormat,
  EnvelopeMediaType,
  ParseEnvelope,
  SignatureEnvelope,
} from './model.ts';
import { PAYLOAD_MEDIA_TYPE } from './payload.ts';
import type { EnvelopeRequest, RemoteKey, Signer, SignerCallOptions } from './signer.ts';

const parsers: Readonly<Record<EnvelopeMediaType, ParseEnvelope>> = {
  'application/jose+json': parseJws,
  'application/cose': parseCose,
};

/** For signing only: a bundle that only verifies leaves them out. */
const formats: Readonly<Record<EnvelopeMediaType, EnvelopeFormat>> = {
  'application/jose+json': jws,
  'application/cose': cose,
};

/**
 * Parses a signature envelope. Nothing in the result can be relied on before {@link verifyIntegrity}.
 *
 * @param bytes - The envelope, at most 32 MiB; copied.
 * @param mediaType - `application/jose+json` or `application/cose`, as the signature manifest declares it.
 * @param knownChains - Remembers chains between calls, so that verified certificates are not parsed again.
 * @returns The common model of both formats.
 * @throws NotationError `ERR_ENVELOPE_UNSUPPORTED`, `ERR_ENVELOPE_INVALID`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-jws.md
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-cose.md
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { parseEnvelope } from 'notarykit/envelope';
 *
 * try {
 *   parseEnvelope(new TextEncoder().encode('{}'), 'application/jose+json');
 * } catch (error) {
 *   if (error instanceof NotationError) console.log(error.code, error.message);
 * }
 * ```
 */
export function parseEnvelope(
  bytes: Uint8Array,
  mediaType: string,
  knownChains = new KnownChains(),
): SignatureEnvelope {
  checkEnvelopeType(mediaType);
  const envelope = readBytes(bytes, 'the signature envelope');
  checkPartSize('signature envelope', envelope.length);
  // A copy: the caller may change the buffer before the signature is verified.
  return parsers[mediaType](new Uint8Array(envelope), (chain) => chain.map((der) => knownChains.read(der)));
}

/**
 * Verifies the integrity of an envelope: that the leaf's key made the signature with the algorithm that belongs to it,
 * that the payload has the media type of the specification, and that the certificate chain fits the profile. It does not
 * check whether the chain is trusted.
 *
 * @param envelope - The envelope that {@link parseEnvelope} returned.
 * @param knownChains - Remembers chains between calls, so that no signature of a certificate is verified again.
 * @throws NotationError `ERR_SIGNATURE_INVALID`, `ERR_ENVELOPE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 * (rules ENV-11, ALG-3, VER-6, VER-8)
 *
 * @example
 * ```ts
 * import { createEnvelope, createPayload, parseEnvelope, verifyIntegrity } from 'notarykit/envelope';
 * import { createSigner } from 'notarykit';
 * import { generateTestChain } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }));
 * const digest = `sha256:${'0'.repeat(64)}`;
 * const bytes = await createEnvelope(
 *   {
 *     mediaType: 'application/cose',
 *     payload: createPayload({ mediaType: 'text/plain', digest, size: 5 }, {}),
 *     signingScheme: 'notary.x509',
 *     signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
 *   },
 *   signer,
 * );
 * await verifyIntegrity(parseEnvelope(bytes, 'application/cose')); // throws if it was tampered with
 * ```
 */
export async function verifyIntegrity(envelope: SignatureEnvelope, knownChains?: KnownChains): Promise<void> {
  const { algorithm, certificates, contentType, signature, signedBytes } = envelope;
  const [leaf] = certificates;
  if (!leaf) throw envelopeInvalid('it has no certificate chain');
  if (algorithm.keySpec !== leaf.publicKey.keySpec) {
    throw envelopeInvalid(
      `it is signed with ${algorithm.name}, but its leaf has an ${leaf.publicKey.keySpec} key`,
    );
  }
  if (contentType !== PAYLOAD_MEDIA_TYPE) {
    throw envelopeInvalid(`its payload has the media type ${quote(contentType)}`);
  }
  const leafKey = await verificationKey(leaf.publicKey, algorithm.importParams);
  const [good] = await Promise.all([
    isSignatureGood(leafKey, algorithm, signature, signedBytes),
    checkSigningChain(certificates),
  ]);
  if (!good) throw new NotationError('ERR_SIGNATURE_INVALID', 'the signature does not fit the signed bytes');
  knownChains?.add(certificates);
}

/**
 * Signs a payload and verifies the new envelope.
 *
 * @param request - What to sign, and in which format.
 * @param signer - The key and its certificate chain, or a key that returns its chain when it signs.
 * @param options - Passed to the signer.
 * @returns The bytes of the envelope.
 * @throws NotationError `ERR_SIGNER_FAILED` for a signature that does not verify,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_ALGORITHM_UNSUPPORTED`,
 * `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 * (rules JWS-11, COSE-10, SIGN-5)
 *
 * @example
 * ```ts
 * import { createEnvelope, createPayload, parseEnvelope } from 'notarykit/envelope';
 * import { createSigner } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
 * const artifact = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
 * const envelope = await createEnvelope(
 *   {
 *     mediaType: 'application/cose',
 *     payload: createPayload(artifact),
 *     signingScheme: 'notary.x509',
 *     signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
 *   },
 *   signer,
 * );
 * console.log(parseEnvelope(envelope, 'application/cose').algorithm.name);
 * ```
 */
export async function createEnvelope(
  request: EnvelopeRequest,
  signer: Signer<CertificateInput> | RemoteKey,
  options: SignerCallOptions = {},
): Promise<Uint8Array> {
  const { mediaType } = request;
  checkEnvelopeType(mediaType);
  checkTimes(request);
  const { key, known } = await keyOf(signer, request);
  const algorithm = algorithmForKey(key.keySpec);
  const payload = readBytes(request.payload, 'the payload');
  const unsigned = formats[mediaType].prepare({ ...request, payload }, algorithm);
  const signed = await callSigner(() => key.signWithChain(unsigned.signedBytes, options));
  const signature = checkSignature(signed.signature);
  const chain = known ?? (await checkChain(signed.certificates, request));
  const timestampSignature = await request.timestamp?.(signature, algorithm, chain);
  const { signingAgent } = request;
  const certificates = chain.map(({ der }) => der);
  const envelope = unsigned.finish(signature, certificates, {
    ...(signingAgent && { signingAgent }),
    ...(timestampSignature && { timestampSignature }),
  });
  await checkOwnWork(envelope, mediaType);
  return envelope;
}

/** Checks a chain that is already known before anything is signed (rule SIGN-1). */
async function keyOf(signer: Signer<CertificateInput> | RemoteKey, request: EnvelopeRequest) {
  if (!('certificates' in signer)) return { key: signer };
  const { certificates } = signer;
  const known = await checkChain(certificates, request);
  const signWithChain: RemoteKey['signWithChain'] = async (bytes, options) => ({
    signature: await signer.sign(bytes, options),
    certificates,
  });
  return { key: { keySpec: known[0]?.publicKey.keySpec ?? 'none', signWithChain }, known };
}

async function checkChain(chain: CertificateInput, { signingTime }: EnvelopeRequest): Promise<Certificate[]> {
  const certificates = readCertificates(chain, "the signer's certificates");
  await checkSigningChain(certificates);
  checkValidAt(certificates, signingTime);
  return certificates;
}

/** Rejects times that neither format can express, before anything is signed. */
function checkTimes({ signingTime, expiry }: EnvelopeContent): void {
  for (const time of [signingTime, expiry ?? signingTime]) {
    const year = time.getUTCFullYear();
    if (!(year >= 0 && year <= 9999) || time.getUTCMilliseconds() !== 0) {
      throw argumentInvalid('signing time and expiry must be whole seconds of the years 0 to 9999');
    }
  }
  if (expiry && expiry <= signingTime) throw argumentInvalid('the expiry must be after the signing time');
}

/** Calls a signer, which may throw anything, and throws `ERR_SIGNER_FAILED` unless it threw a NotationError. */
export async function callSigner<T>(sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const reason = cause instanceof Error ? `: ${oneLine(cause.message)}` : '';
    throw new NotationError('ERR_SIGNER_FAILED', `the signer failed${reason}`, { cause });
  }
}

/** WebCrypto returns an ArrayBuffer, which signers easily pass on as it is. */
function checkSignature(signature: Uint8Array): Uint8Array {
  if (isBytes(signature)) return ownBytes(signature);
  throw new NotationError('ERR_SIGNER_FAILED', 'the signer must return its signature as a Uint8Array');
}

async function checkOwnWork(envelope: Uint8Array, mediaType: EnvelopeMediaType): Promise<void> {
  try {
    await verifyIntegrity(parseEnvelope(envelope, mediaType));
  } catch (cause) {
    const reason = isNotationError(cause) ? `: ${cause.message}` : '';
    throw new NotationError('ERR_SIGNER_FAILED', `the new envelope does not verify${reason}`, {
      cause,
    });
  }
}

/** Reports whether a primitive signature verifies with a public key (rule RFC-5). */
export async function isSignatureGood(
  key: CryptoKey,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  signedBytes: Uint8Array,
): Promise<boolean> {
  if (signature.length !== algorithm.signatureLength) return false;
  return verifySignature(algorithm.signParams, key, signature, signedBytes);
}

/**
 * Requires the media type of an envelope.
 * @throws NotationError `ERR_ENVELOPE_UNSUPPORTED`
 * @see docs/specification.md, rule OCI-6
 */
export function checkEnvelopeType(mediaType: string): asserts mediaType is EnvelopeMediaType {
  if (typeof mediaType === 'string' && Object.hasOwn(parsers, mediaType)) return;
  throw new NotationError(
    'ERR_ENVELOPE_UNSUPPORTED',
    `${quote(mediaType)} is not the media type of a signature envelope`,
  );
}
