// For runtimes that have the type CryptoKey: theirs and notarykit's are assignable to each other.
import { createSigner, type CryptoKey as Key } from 'notarykit';

export const take = (key: CryptoKey) => createSigner({ privateKey: key, certificates: '' });
export const give = (key: Key): CryptoKey => key;

// This would compile if a missing type became any.
// @ts-expect-error
export const mistake: Key = 42;
