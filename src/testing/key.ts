import { algorithmForKey, type KeySpec } from '../crypto/algorithms.ts';
import { subtle } from '../crypto/subtle.ts';
import type { HashName } from '../crypto/types.ts';
import { encodePem } from '../encoding/pem.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';

/** How RSA keys sign certificates; the signatures on artifacts are RSA-PSS in any case. */
export type CertificateSignature = 'RSASSA-PKCS1-v1_5' | 'RSA-PSS';

/** A key pair with the algorithm by which it signs certificates and requests. */
export interface SigningKey {
  keys: CryptoKeyPair;
  algorithm: { name: string; hash: HashName; saltLength?: number };
}

/**
 * Generates a key. RSA keys of every size sign with SHA-256 and ECDSA keys with the hash of their curve, as in the
 * reference implementation.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function generateKey(
  keySpec: KeySpec,
  certificateSignature: CertificateSignature = 'RSASSA-PKCS1-v1_5',
): Promise<SigningKey> {
  if (certificateSignature !== 'RSASSA-PKCS1-v1_5' && certificateSignature !== 'RSA-PSS') {
    throw argumentInvalid('certificateSignature must be RSASSA-PKCS1-v1_5 or RSA-PSS');
  }
  const { importParams, hash, signatureLength } = algorithmOf(keySpec);
  const { namedCurve } = importParams;
  if (namedCurve !== undefined) {
    return {
      keys: await generate(keySpec, { name: 'ECDSA', namedCurve }),
      algorithm: { name: 'ECDSA', hash },
    };
  }
  const keys = await generate(keySpec, {
    name: certificateSignature,
    hash: 'SHA-256',
    modulusLength: signatureLength * 8,
    publicExponent: Uint8Array.of(1, 0, 1),
  });
  return { keys, algorithm: { name: certificateSignature, hash: 'SHA-256', saltLength: 32 } };
}

/** Exports the private key as PKCS#8 in PEM. */
export async function exportPrivateKey({ keys }: SigningKey): Promise<string> {
  return encodePem('PRIVATE KEY', new Uint8Array(await subtle().exportKey('pkcs8', keys.privateKey)));
}

function algorithmOf(keySpec: KeySpec) {
  try {
    return algorithmForKey(keySpec);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw argumentInvalid('keySpec must be RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521', cause);
  }
}

async function generate(
  keySpec: KeySpec,
  parameters: RsaHashedKeyGenParams | EcKeyGenParams,
): Promise<CryptoKeyPair> {
  const provider = subtle();
  try {
    return await provider.generateKey(parameters, true, ['sign', 'verify']);
  } catch (cause) {
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', `this runtime cannot generate a key ${keySpec}`, {
      cause,
    });
  }
}
