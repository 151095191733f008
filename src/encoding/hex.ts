const OCTETS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += OCTETS[octet];
  return text;
}

/** The bytes of what {@link encodeHex} gave. */
export function decodeHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}
