import { join } from '../../envelope/cbor.ts';
import type { Random } from './random.ts';

/** Changes a primitive signature: its length, its form or one byte. */
export function changeSignature(signature: Uint8Array, random: Random): Uint8Array {
  const choices = [
    () => signature.slice(0, -1),
    () => Uint8Array.of(0, ...signature),
    () => Uint8Array.of(...signature, 0),
    () => new Uint8Array(signature.length),
    () => new Uint8Array(),
    () => signature.with(random.below(signature.length), random.below(256)),
    () => signature.toReversed(),
  ];
  return random.pick(choices)();
}

/** Flips, inserts or cuts a few bytes. */
export function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const choices = [
    () => bytes.with(at, (bytes[at] ?? 0) ^ (1 << random.below(8))),
    () => bytes.slice(0, at),
    () => join(bytes.subarray(0, at), random.bytes(random.below(4) + 1), bytes.subarray(at)),
    () => join(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4))),
    () => join(bytes, random.bytes(1 + random.below(3))),
  ];
  return random.pick(choices)();
}
