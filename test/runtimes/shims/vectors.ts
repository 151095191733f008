// The files made by others, which the host sent: see test/support/vectors.ts for what these functions do.
let vectors: ReadonlyMap<string, Uint8Array> = new Map();

/** Gives the content of the files, by path. */
export function provideVectors(files: Readonly<Record<string, string>>): void {
  vectors = new Map(
    Object.entries(files).map(([path, base64]) => [
      path,
      Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    ]),
  );
}

export function readVector(path: string): Uint8Array {
  const bytes = vectors.get(path);
  if (!bytes) throw new Error(`the interop vectors lack ${path}`);
  return bytes.slice();
}

export function listVectors(path: string): string[] {
  const inside = [...vectors.keys()].filter((name) => name.startsWith(`${path}/`));
  return [...new Set(inside.map((name) => name.slice(path.length + 1).replace(/\/.*/, '')))].sort();
}
