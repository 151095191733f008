import type { KeyDerivationBudget } from './key-derivation-budget.ts';

/** The purpose of derived bytes (RFC 7292, appendix B.3). */
export const Purpose = { key: 1, iv: 2, mac: 3 } as const;

/** A hash function, with the sizes of its block and its value in bytes. */
export interface BlockHash {
  (bytes: Uint8Array): Uint8Array;
  blockLen: number;
  outputLen: number;
}

/** Most programs write 1 to 600,000, Bouncy Castle 1,200,000; this many take two seconds or three. */
const MAX_ITERATIONS = 2_000_000;
/** Iterations before yielding to the event loop. */
const AT_A_TIME = 50_000;

/** The inputs of a derivation. */
export interface Derivation {
  /** The passphrase as BMPString, with its zero bytes. */
  passphrase: Uint8Array;
  salt: Uint8Array;
  iterations: number;
  budget: KeyDerivationBudget;
}

/**
 * Derives bytes from a passphrase as PKCS #12 does (RFC 7292, appendix B.2).
 * @throws NotationError `ERR_LIMIT_EXCEEDED`
 */
export async function deriveBytes(
  hash: BlockHash,
  purpose: number,
  { passphrase, salt, iterations, budget }: Derivation,
  length: number,
): Promise<Uint8Array> {
  const { blockLen: v, outputLen: u } = hash;
  const diversifier = new Uint8Array(v).fill(purpose);
  const [repeatedSalt, repeatedPassphrase] = [repeat(salt, v), repeat(passphrase, v)];
  const input = new Uint8Array(v + repeatedSalt.length + repeatedPassphrase.length);
  input.set(diversifier);
  input.set(repeatedSalt, v);
  input.set(repeatedPassphrase, v + repeatedSalt.length);
  const blocks = input.subarray(v);
  const derived = new Uint8Array(Math.ceil(length / u) * u);
  for (let offset = 0; offset < length; offset += u) {
    budget.spend(iterations, MAX_ITERATIONS);
    let value = hash(input);
    for (let i = 1; i < iterations; i++) {
      value = hash(value);
      if (i % AT_A_TIME === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    derived.set(value, offset);
    const addend = repeat(value, v).subarray(0, v);
    for (let block = 0; block < blocks.length; block += v)
      addWithOne(blocks.subarray(block, block + v), addend);
  }
  return derived.subarray(0, length);
}

/** Repeats bytes until they fill whole blocks; empty input stays empty. */
function repeat(bytes: Uint8Array, v: number): Uint8Array {
  const repeated = new Uint8Array(bytes.length === 0 ? 0 : v * Math.ceil(bytes.length / v));
  for (let i = 0; i < repeated.length; i++) repeated[i] = bytes[i % bytes.length] ?? 0;
  return repeated;
}

/** Adds a number and one to a block, both big-endian, modulo the size of the block. */
function addWithOne(block: Uint8Array, addend: Uint8Array): void {
  let carry = 1;
  for (let i = block.length - 1; i >= 0; i--) {
    carry += (block[i] ?? 0) + (addend[i] ?? 0);
    block[i] = carry & 0xff;
    carry >>= 8;
  }
}
