import { algorithmForKey } from '../crypto/algorithms.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import { importPublicKey } from '../crypto/verify.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { isSignatureGood } from '../envelope/envelope.ts';
import type { Signer } from '../envelope/signer.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { importPrivateKey } from '../keys/import-private-key.ts';
import { type KeyMaterial, type PrivateKeyInput, readPrivateKey } from '../keys/private-key.ts';
import { type Certificate, type CertificateInput, parseCertificates } from '../x509/certificate.ts';
import { findSigningChain, MAX_POOL } from '../x509/find-signing-chain.ts';

/** What {@link createSigner} takes. */
export interface SignerOptions {
  /**
   * PKCS#8 as PEM or DER, encrypted or not; PKCS#1 and SEC 1 as PEM; a JSON Web Key; or a WebCrypto key with the usage
   * `sign`, which need not be extractable.
   */
  privateKey: PrivateKeyInput;
  /**
   * The certificates of the key, as PEM or DER: all in one, or one after another, in any order. The leaf is the one that
   * the key belongs to; its chain up to the root is put together from them, and the others are left out.
   */
  certificates: CertificateInput | readonly CertificateInput[];
  /** Of an encrypted key. */
  passphrase?: string | undefined;
}

/**
 * Makes a signer of a key at hand. For a key that is kept elsewhere, implement {@link Signer}.
 *
 * @param options - The key and its certificate chain.
 * @returns The signer.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID` where an issuer is missing, or for a
 * chain that no verifier would accept, `ERR_KEY_INVALID` for a key that cannot be read, `ERR_PASSPHRASE_INVALID`,
 * `ERR_KEY_MISMATCH` for a key that no certificate is for, `ERR_ENCODING_INVALID` for certificates that are neither PEM
 * nor DER, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 * @see Signature specification, "Certificate Requirements"
 *
 * @example
 * ```ts
 * import { createSigner } from 'notarykit/signer';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { privateKey, certificates } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const signer = await createSigner({ privateKey, certificates });
 * console.log(signer.certificates.length); // 1
 * ```
 */
export async function createSigner({ privateKey, certificates, passphrase }: SignerOptions): Promise<Signer> {
  const pool = [certificates ?? []].flat().flatMap((input) => parseCertificates(input));
  const material = await readPrivateKey(privateKey, passphrase);
  const { leaf, sign } = await findPossessed(pool, material);
  const chain = await findSigningChain(pool, leaf.publicKey.spki);
  return { certificates: chain.map(({ der }) => der), sign };
}

interface Possession {
  leaf: Certificate;
  sign: Signer['sign'];
}

/**
 * The certificate that a key belongs to: a trial signature tells, since a key may not be extractable. Nearly always it is
 * the first one.
 */
async function findPossessed(pool: readonly Certificate[], material: KeyMaterial): Promise<Possession> {
  if (pool.length > MAX_POOL) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `there are more than ${MAX_POOL} certificates`);
  }
  let failure: unknown;
  for (const leaf of pool) {
    try {
      return { leaf, sign: await tryPossession(leaf, material) };
    } catch (error) {
      if (!isNotationError(error)) throw error;
      // What is wrong with the key, rather than that a certificate has a key which may not sign.
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

/** @returns What signs with the key. @throws NotationError Why the key does not belong to the certificate */
async function tryPossession(leaf: Certificate, material: KeyMaterial): Promise<Signer['sign']> {
  const algorithm = algorithmForKey(leaf.publicKey.keySpec);
  const key = await importPrivateKey(material, algorithm);
  const sign = async (bytes: Uint8Array) =>
    new Uint8Array(await subtle().sign(algorithm.signParams, key, bufferSource(bytes)));
  const trial = encodeUtf8('notarykit: does this key belong to the certificate?');
  const signature = await trySigning(sign, trial);
  const leafKey = await importPublicKey(leaf.publicKey.spki, algorithm.importParams);
  if (await isSignatureGood(leafKey, algorithm, signature, trial)) return sign;
  throw new NotationError('ERR_KEY_MISMATCH', 'the private key does not belong to any of the certificates');
}

async function trySigning(sign: Signer['sign'], bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await sign(bytes);
  } catch (cause) {
    // Such as an RSA key too short for the salt that the certificate asks for.
    throw new NotationError('ERR_KEY_MISMATCH', 'the private key cannot sign as the certificate demands', {
      cause,
    });
  }
}
