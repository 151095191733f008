import { Crypto } from '@peculiar/webcrypto';

// The documented provider for a runtime without globalThis.crypto: NOTARYKIT_WEBCRYPTO=peculiar runs the tests on it.
Object.defineProperty(globalThis, 'crypto', { value: new Crypto(), configurable: true, writable: true });
