import { DerReader, Tag } from '../asn1/der-reader.ts';
import { readKeyAlgorithm } from '../asn1/key-algorithm.ts';
import { algorithmForKey, type SignatureAlgorithm } from '../crypto/algorithms.ts';
import { hash } from '../crypto/digest.ts';
import { isSignatureGood } from '../envelope/envelope.ts';
import type { Signer, SignerCallOptions } from '../envelope/signer.ts';
import { NotationError } from '../errors/index.ts';
import { type CertificateInput, readCertificates } from '../x509/certificate.ts';
import { findSigningChain } from '../x509/find-signing-chain.ts';
import { type PublicKeyInfo, readPublicKey, verificationKey } from '../x509/public-key.ts';

/** A key in a key service. */
export interface RemoteSigningKey {
  /** The service, as errors name it. */
  service: string;
  /** SubjectPublicKeyInfo, DER, as the service returned it. */
  spki: Uint8Array;
  /** Certificates of the key, in any order. */
  certificates: CertificateInput;
  /** Throws if the service does not sign with the algorithm that belongs to the key. */
  checkAlgorithm?(algorithm: SignatureAlgorithm): void;
  /** Has the service sign a digest, and returns the raw signature. */
  signDigest(
    digest: Uint8Array,
    algorithm: SignatureAlgorithm,
    options?: SignerCallOptions,
  ): Promise<Uint8Array>;
}

/**
 * Makes a signer of a key in a service. The chain is ordered and checked here, before anything is signed, and every
 * signature is verified with the leaf before it is returned.
 * @throws NotationError `ERR_ALGORITHM_UNSUPPORTED`, `ERR_KEY_MISMATCH`, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_KMS_RESPONSE`
 */
export async function createRemoteSigner(key: RemoteSigningKey): Promise<Signer> {
  const { service, certificates, signDigest } = key;
  const publicKey = readServiceKey(key);
  const algorithm = algorithmForKey(publicKey.keySpec);
  key.checkAlgorithm?.(algorithm);
  const pool = readCertificates(certificates, 'certificates');
  const chain = await findSigningChain(pool, publicKey.spki);
  const leafKey = await verificationKey(publicKey, algorithm.importParams);
  return {
    certificates: chain.map(({ der }) => der),
    async sign(bytes, options) {
      const signature = await signDigest(await hash(algorithm.hash, bytes), algorithm, options);
      if (await isSignatureGood(leafKey, algorithm, signature, bytes)) return signature;
      throw new NotationError(
        'ERR_SIGNER_FAILED',
        `the signature of ${service} does not verify with the certificate: was the key changed?`,
      );
    },
  };
}

function readServiceKey({ service, spki }: RemoteSigningKey): PublicKeyInfo {
  const reader = new DerReader(spki, `public key of ${service}`, 'ERR_KMS_RESPONSE');
  const algorithm = readKeyAlgorithm(reader.inside(spki).enter(Tag.sequence).enter(Tag.sequence));
  if (algorithm.type === 'EC' && algorithm.size === undefined) {
    const message = `the key of ${service} is on a curve that cannot sign`;
    throw new NotationError('ERR_ALGORITHM_UNSUPPORTED', message);
  }
  const publicKey = readPublicKey(reader);
  reader.end();
  return publicKey;
}
