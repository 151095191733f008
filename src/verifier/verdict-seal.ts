import { hash } from '../crypto/digest.ts';
import { subtle } from '../crypto/subtle.ts';
import { encodeUtf8, isBytes, ownBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { lazy } from '../encoding/lazy.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

const MIN_SECRET = 16;

/** Names entries of a storage, and authenticates them. */
export interface Seal {
  /** Returns the key of an entry, in hexadecimal: it says nothing about what it stands for. */
  keyOf(fingerprint: string): Promise<string>;
  /** Returns the tag of an entry under its key, in hexadecimal; empty if the storage is trusted. */
  tagOf(key: string, entry: string): Promise<string>;
}

/**
 * Makes the seal of a storage that others may write to.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a secret of the wrong type, or a short one
 */
export function createSeal(secret: unknown): Seal {
  const bytes = typeof secret === 'string' ? encodeUtf8(secret) : secret;
  if (!isBytes(bytes) || bytes.length < MIN_SECRET) {
    throw argumentInvalid(
      `secret must be at least ${MIN_SECRET} bytes, or a string of as many, that only your verifiers know`,
    );
  }
  const key = lazy(() =>
    subtle().importKey('raw', ownBytes(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
  );
  const mac = async (purpose: string, text: string): Promise<string> => {
    const signed = encodeUtf8(`${purpose}\n${text}`);
    return encodeHex(new Uint8Array(await subtle().sign('HMAC', await key(), ownBytes(signed))));
  };
  return {
    keyOf: (fingerprint) => mac('key', fingerprint),
    tagOf: (key, entry) => mac('entry', `${key}\n${entry}`),
  };
}

/** The seal of a storage that nobody else can write to. */
export const trustedSeal: Seal = {
  keyOf: async (fingerprint) => encodeHex(await hash('SHA-256', encodeUtf8(fingerprint))),
  tagOf: async () => '',
};
