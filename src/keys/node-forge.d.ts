// The types of the package do not cover the files that are imported one by one.
declare module 'node-forge/lib/forge.js' {
  const forge: {
    cipher: {
      createDecipher(algorithm: '3DES-CBC', key: string): Decipher;
      createCipher(algorithm: '3DES-CBC', key: string): Decipher;
    };
    rc2: { createDecryptionCipher(key: string, bits: number): Decipher };
    util: { createBuffer(bytes: string): unknown };
  };
  interface Decipher {
    start(iv: string | { iv: string }): void;
    update(buffer: unknown): void;
    /** Whether the padding is right. */
    finish(): boolean;
    output: { getBytes(): string };
  }
  export default forge;
}
declare module 'node-forge/lib/des.js';
declare module 'node-forge/lib/rc2.js';
