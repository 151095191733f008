export function decode(base64) {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

export function decodeAll(texts) {
  return texts.map(decode);
}
