/**
 * The encodings that the other layers stand on: PEM, base64, hexadecimal, digests and descriptors.
 *
 * @packageDocumentation
 */
export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from './base64.ts';
export type { Descriptor } from './descriptor.ts';
export { type DigestAlgorithm, isDigest, type ParsedDigest, parseDigest } from './digest.ts';
export { encodeHex } from './hex.ts';
export { decodePem, encodePem, type PemBlock } from './pem.ts';
