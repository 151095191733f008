// Many RSA keys in little time. Each is new to who verifies, but they share prime numbers: they keep nothing secret.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

const EXPONENT = 65537n;

/** A number of different RSA-2048 keys: the products of the primes of a few keys. */
export function createRsaKeys(count) {
  const primes = [];
  const keys = [];
  while (keys.length < count) {
    const { p, q } = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
    for (const prime of [p, q].map(fromBase64url)) {
      for (const other of primes) keys.push(other > prime ? [other, prime] : [prime, other]);
      primes.push(prime);
    }
  }
  return keys.slice(0, count).map(([p, q]) => keyOf(p, q));
}

function keyOf(p, q) {
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const members = Object.entries(numbers).map(([name, number]) => [name, toBase64url(number)]);
  const privateKey = createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(members) }, format: 'jwk' });
  return { type: 'RSA-2048', privateKey, publicKey: createPublicKey(privateKey) };
}

/** By the extended Euclidean algorithm. */
function inverse(number, modulus) {
  let [r, next] = [modulus, number % modulus];
  let [t, nextT] = [0n, 1n];
  while (next > 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return ((t % modulus) + modulus) % modulus;
}

function fromBase64url(text) {
  return BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
}

function toBase64url(number) {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}
