import { NotationError } from '../errors/notation-error.ts';

/** Makes the error of a private key, or of a file with one, that cannot be used. */
export function keyInvalid(message: string, cause?: unknown): NotationError {
  return new NotationError('ERR_KEY_INVALID', message, { cause });
}

/**
 * Makes the error of a passphrase that does not decrypt a key or file.
 * @param what - Such as `private key`.
 */
export function wrongPassphrase(what: string): NotationError {
  return new NotationError(
    'ERR_PASSPHRASE_INVALID',
    `the passphrase does not decrypt the ${what}, or the ${what} was changed`,
  );
}

/**
 * Makes the error of a key whose encryption is not supported.
 * @param scheme - The unsupported part of the encryption.
 */
export function encryptionUnsupported(scheme: string): NotationError {
  return keyInvalid(
    `the key is encrypted with ${scheme}, which is not supported: encrypt it again, with openssl pkcs8 -topk8 -v2 aes-256-cbc`,
  );
}

/** Makes the error of a key whose derivation from the passphrase costs too much. */
export function limitExceeded(message: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', message);
}
