/** An RSA key that the host made; numbers and DER in hexadecimal. */
export interface RsaKey {
  bits: number;
  modulus: string;
  privateExponent: string;
  /** RSAPublicKey and RSAPrivateKey of PKCS#1. */
  publicKey: string;
  privateKey: string;
  /** Its public key says id-RSASSA-PSS. */
  pss?: boolean;
}

/** DER of DigestInfo before the digest, in hexadecimal (RFC 8017, section 9.2). */
const DIGEST_INFO = {
  md5: '3020300c06082a864886f70d020505000410',
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/**
 * Signs by PKCS#1 v1.5, or by PSS if a salt length is given (RFC 8017).
 * @param saltLength - As long as the hash if it is negative.
 */
export function signRsa(
  key: RsaKey,
  name: keyof typeof DIGEST_INFO,
  hash: (bytes: Uint8Array) => Uint8Array,
  bytes: Uint8Array,
  saltLength: number | undefined,
): Uint8Array {
  const digest = hash(bytes);
  const encoded =
    saltLength === undefined
      ? encodePkcs1(key.bits, DIGEST_INFO[name], digest)
      : encodePss(key.bits, hash, digest, saltLength < 0 ? digest.length : saltLength);
  const modulus = BigInt(`0x${key.modulus}`);
  const signature = power(toNumber(encoded), BigInt(`0x${key.privateExponent}`), modulus);
  return toBytes(signature, Math.ceil(key.bits / 8));
}

function encodePkcs1(bits: number, info: string, digest: Uint8Array): Uint8Array {
  const end = [...toBytes(BigInt(`0x${info}`), info.length / 2), ...digest];
  const padding = new Array<number>(Math.ceil(bits / 8) - end.length - 3).fill(0xff);
  return Uint8Array.of(0, 1, ...padding, 0, ...end);
}

function encodePss(
  bits: number,
  hash: (bytes: Uint8Array) => Uint8Array,
  digest: Uint8Array,
  saltLength: number,
): Uint8Array {
  const length = Math.ceil((bits - 1) / 8);
  const salt = crypto.getRandomValues(new Uint8Array(saltLength));
  const seed = hash(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...digest, ...salt));
  const block = new Uint8Array(length - seed.length - 1);
  block.set([1, ...salt], block.length - saltLength - 1);
  const mask = maskOf(seed, block.length, hash);
  const masked = block.map((byte, i) => byte ^ (mask[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - (bits - 1)));
  return Uint8Array.of(...masked, ...seed, 0xbc);
}

function maskOf(seed: Uint8Array, length: number, hash: (bytes: Uint8Array) => Uint8Array): number[] {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter++)
    mask.push(...hash(Uint8Array.of(...seed, 0, 0, 0, counter)));
  return mask;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square, rest] = [1n, base % modulus, exponent];
  for (; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}

function toBytes(value: bigint, length: number): Uint8Array {
  const text = value.toString(16).padStart(2 * length, '0');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
