/** A module of its own: of a package that is loaded lazily as a whole, bundlers keep every export. */
export { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
