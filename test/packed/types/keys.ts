// For runtimes that have the type CryptoKey by its name: theirs and notarykit's go where the other is expected.
import { createSigner, type CryptoKey as Key } from 'notarykit';

export const take = (key: CryptoKey) => createSigner({ privateKey: key, certificates: '' });
export const give = (key: Key): CryptoKey => key;

// With any in the place of a type that is missing, this would compile.
// @ts-expect-error
export const mistake: Key = 42;
