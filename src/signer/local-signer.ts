import { algorithmForKey } from '../crypto/algorithms.ts';
import { subtle } from '../crypto/subtle.ts';
import { encodeUtf8, ownBytes } from '../encoding/bytes.ts';
import { isSignatureGood } from '../envelope/envelope.ts';
import type { Signer } from '../envelope/signer.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';
import { importPrivateKey } from '../keys/import-private-key.ts';
import { type KeyMaterial, type PrivateKeyInput, readPrivateKey } from '../keys/private-key.ts';
import { type Certificate, type CertificateInput, readCertificates } from '../x509/certificate.ts';
import { findSigningChain, MAX_POOL } from '../x509/find-signing-chain.ts';
import { verificationKey } from '../x509/public-key.ts';

/** The options of {@link createSigner}. */
export interface SignerOptions {
  /**
   * PKCS#8 as PEM or DER, encrypted or not; PKCS#1 and SEC 1 as PEM; a JSON Web Key; or a WebCrypto key with the usage
   * `sign`, which need not be extractable.
   */
  privateKey: PrivateKeyInput;
  /**
   * The certificates, in any form of `CertificateInput` and in any order. The leaf is the one that the key belongs to; its
   * chain up to the root is built from them, and the others are left out. A PEM file that holds both key and certificates
   * can be given as both.
   */
  certificates: CertificateInput;
  /** The passphrase of an encrypted key. */
  passphrase?: string | undefined;
}

/**
 * Creates a signer from a key in memory. For a key that is kept elsewhere, implement {@link Signer}.
 *
 * @param options - The key and its certificate chain.
 * @returns The signer.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID` if an issuer is missing or no verifier
 * would accept the chain, `ERR_KEY_INVALID` for a key that cannot be read, `ERR_PASSPHRASE_INVALID`, `ERR_KEY_MISMATCH`
 * for a key that belongs to no certificate, `ERR_ENCODING_INVALID` for certificates that are neither PEM nor DER,
 * `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 *
 * @example
 * ```ts
 * import { createSigner } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { privateKey, certificates } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const signer = await createSigner({ privateKey, certificates });
 * console.log(signer.certificates.length); // 1
 * ```
 */
export async function createSigner(options: SignerOptions): Promise<Signer> {
  if (typeof options !== 'object' || options === null) throw argumentInvalid('the options must be an object');
  const { privateKey, certificates, passphrase } = options;
  const pool = readCertificates(certificates, 'certificates', { skipKeys: true });
  const material = await readPrivateKey(privateKey, passphrase);
  const { leaf, sign } = await findLeaf(pool, material);
  const chain = await findSigningChain(pool, leaf.publicKey.spki);
  return { certificates: chain.map(({ der }) => der), sign };
}

interface LeafWithKey {
  leaf: Certificate;
  sign: Signer['sign'];
}

/**
 * Finds the certificate that a key belongs to, nearly always the first one. A trial signature decides, because a key may
 * not be extractable.
 */
async function findLeaf(pool: readonly Certificate[], material: KeyMaterial): Promise<LeafWithKey> {
  if (pool.length > MAX_POOL) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `there are more than ${MAX_POOL} certificates`);
  }
  let failure: unknown;
  for (const leaf of pool) {
    try {
      return { leaf, sign: await importFor(leaf, material) };
    } catch (error) {
      if (!isNotationError(error)) throw error;
      // Prefer an error about the key to one about a certificate whose key must not sign.
      if (failure === undefined || isNotationError(failure, 'ERR_ALGORITHM_UNSUPPORTED')) failure = error;
    }
  }
  throw (
    failure ??
    new NotationError(
      'ERR_CERTIFICATE_CHAIN_INVALID',
      'the certificate chain is invalid: there is no certificate',
    )
  );
}

/**
 * Imports the key for the algorithm of a certificate.
 * @returns The function that signs with the key.
 * @throws NotationError why the key does not belong to the certificate
 */
async function importFor(leaf: Certificate, material: KeyMaterial): Promise<Signer['sign']> {
  const algorithm = algorithmForKey(leaf.publicKey.keySpec);
  const key = await importPrivateKey(material, algorithm);
  const sign = async (bytes: Uint8Array) =>
    new Uint8Array(await subtle().sign(algorithm.signParams, key, ownBytes(bytes)));
  const trial = encodeUtf8('notarykit: does this key belong to the certificate?');
  const signature = await trySigning(sign, trial);
  const leafKey = await verificationKey(leaf.publicKey, algorithm.importParams);
  if (await isSignatureGood(leafKey, algorithm, signature, trial)) return sign;
  throw new NotationError('ERR_KEY_MISMATCH', 'the private key does not belong to any of the certificates');
}

async function trySigning(sign: Signer['sign'], bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await sign(bytes);
  } catch (cause) {
    // Such as an RSA key too short for the salt that the certificate requires.
    throw new NotationError('ERR_KEY_MISMATCH', 'the private key cannot sign as the certificate requires', {
      cause,
    });
  }
}
