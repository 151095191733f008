import { NotationError } from '../errors/notation-error.ts';

/** The error of a private key, or of a file with one, that cannot be used. */
export function keyInvalid(message: string, cause?: unknown): NotationError {
  return new NotationError('ERR_KEY_INVALID', message, { cause });
}

/**
 * The error of what was not encrypted with the passphrase.
 * @param what - Such as `private key`.
 */
export function wrongPassphrase(what: string): NotationError {
  return new NotationError(
    'ERR_PASSPHRASE_INVALID',
    `the passphrase does not decrypt the ${what}, or the ${what} was changed`,
  );
}

/**
 * The error of a key whose encryption is known, but is not one of those that can be decrypted.
 * @param scheme - What of the encryption is not supported.
 */
export function encryptionUnsupported(scheme: string): NotationError {
  return keyInvalid(
    `the key is encrypted with ${scheme}, which is not supported: encrypt it again, with openssl pkcs8 -topk8 -v2 aes-256-cbc`,
  );
}
