/** Reports whether bytes begin as a PKCS #12 file does: a sequence whose first element is the version 3. */
export function isPkcs12(file: Uint8Array): boolean {
  const [tag, length = 0] = file;
  const start = 2 + (length > 0x80 ? length - 0x80 : 0);
  const [type, size, version] = file.subarray(start, start + 3);
  return tag === 0x30 && type === 2 && size === 1 && version === 3;
}
