import { decodePem } from '../encoding/pem.ts';
import { NotationError } from '../errors/index.ts';

/**
 * Reads the SubjectPublicKeyInfo that a service returned as PEM.
 * @throws NotationError `ERR_KMS_RESPONSE`
 */
export function spkiOfPem(pem: string, service: string): Uint8Array {
  const [block] = readPem(pem, service);
  if (block?.label === 'PUBLIC KEY') return block.der;
  throw new NotationError('ERR_KMS_RESPONSE', `${service} returned something other than a public key`);
}

function readPem(pem: string, service: string) {
  try {
    return decodePem(pem);
  } catch {
    throw new NotationError('ERR_KMS_RESPONSE', `the public key of ${service} is not PEM`);
  }
}
