/** A copy of bytes as code of another realm passes them, such as a test in jsdom: `instanceof Uint8Array` is false. */
export function ofOtherRealm(bytes: Uint8Array): Uint8Array {
  const shared = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Uint8Array.prototype));
  return Object.setPrototypeOf(new Uint8Array(bytes), Object.create(Object.prototype, shared));
}

/** A copy of bytes on a buffer that may grow; not every WebCrypto takes it. */
export function onResizableBuffer(bytes: Uint8Array): Uint8Array {
  const options = { maxByteLength: bytes.length + 64 };
  const ResizableBuffer = ArrayBuffer as new (length: number, given: typeof options) => ArrayBuffer;
  const copy = new Uint8Array(new ResizableBuffer(bytes.length, options));
  copy.set(bytes);
  return copy;
}

/** A copy of bytes on memory that other threads can change. */
export function onSharedBuffer(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
