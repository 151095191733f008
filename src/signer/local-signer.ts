import { algorithmForKey } from '../crypto/algorithms.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import { importPublicKey } from '../crypto/verify.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import type { Signer } from '../envelope/envelope.ts';
import { isSignatureGood } from '../envelope/envelope.ts';
import { NotationError } from '../errors/index.ts';
import { type Certificate, type CertificateInput, parseCertificates } from '../x509/certificate.ts';
import { checkSigningChain } from '../x509/chain.ts';
import { importPrivateKey, type PrivateKeyInput } from '../x509/private-key.ts';

/** What {@link createSigner} takes. */
export interface SignerOptions {
  /** PKCS#8 as PEM or DER (PKCS#1 and SEC 1 as PEM too), or a WebCrypto key with the usage `sign`. */
  privateKey: PrivateKeyInput;
  /** The certificate chain of the key, leaf first and root last, as PEM or DER: all in one, or one after another. */
  certificates: CertificateInput | readonly CertificateInput[];
}

/**
 * Makes a signer of a key at hand. For a key that is kept elsewhere, implement {@link Signer}.
 *
 * @param options - The key and its certificate chain.
 * @returns The signer.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID` for a chain that no verifier
 * would accept, `ERR_KEY_INVALID` for a key that cannot be read, `ERR_KEY_MISMATCH` for one that is not the leaf's,
 * `ERR_ENCODING_INVALID` for certificates that are neither PEM nor DER, `ERR_LIMIT_EXCEEDED`
 * @see Signature specification, "Certificate Requirements"
 *
 * @example
 * ```ts
 * import { createSigner } from 'notarykit/signer';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { privateKey, certificates } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const signer = await createSigner({ privateKey, certificates });
 * console.log(signer.certificates.length); // 1
 * ```
 */
export async function createSigner({ privateKey, certificates }: SignerOptions): Promise<Signer> {
  const chain = [certificates ?? []].flat().flatMap((input) => parseCertificates(input));
  await checkSigningChain(chain);
  const algorithm = algorithmForKey(chain[0]?.publicKey.keySpec ?? 'none');
  const key = await importPrivateKey(privateKey, algorithm);
  const signer: Signer = {
    certificates: chain.map(({ der }) => der),
    async sign(bytes) {
      return new Uint8Array(await subtle().sign(algorithm.signParams, key, bufferSource(bytes)));
    },
  };
  await checkPossession(signer, chain[0], algorithm);
  return signer;
}

/** A trial signature: whether the key belongs to the leaf cannot be seen on a key that cannot be exported. */
async function checkPossession(
  signer: Signer,
  leaf: Certificate | undefined,
  algorithm: ReturnType<typeof algorithmForKey>,
): Promise<void> {
  const bytes = encodeUtf8('notarykit: does this key belong to the certificate?');
  const signature = await trySigning(signer, bytes);
  const leafKey = leaf && (await importPublicKey(leaf.publicKey.spki, algorithm.importParams));
  if (leafKey && (await isSignatureGood(leafKey, algorithm, signature, bytes))) return;
  throw new NotationError('ERR_KEY_MISMATCH', 'the private key does not belong to the first certificate');
}

async function trySigning(signer: Signer, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await signer.sign(bytes);
  } catch (cause) {
    // Such as an RSA key too short for the salt that the certificate asks for.
    throw new NotationError('ERR_KEY_MISMATCH', 'the private key cannot sign as the certificate demands', {
      cause,
    });
  }
}
