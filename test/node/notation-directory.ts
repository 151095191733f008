import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { FileSigningKey } from '../../src/node/index.ts';
import type { TestCertificate } from '../../src/testing/index.ts';

/** A directory for notation's configuration, a new one for each test of a file. */
export interface NotationDirectory {
  readonly path: string;
  /** Writes a file: text as it is, anything else as JSON. */
  put(name: string, content: unknown, mode?: number): string;
  json(name: string): unknown;
  text(name: string): string;
  /** The permissions of a file. */
  mode(name: string): number;
  /** Writes the files of a key. */
  putKey(name: string, pair: Pick<TestCertificate, 'privateKey' | 'certificates'>): FileSigningKey;
}

export function useNotationDirectory(): NotationDirectory {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'notation-config-'));
  });
  afterEach(() => {
    rmSync(path, { recursive: true });
  });
  const directory: NotationDirectory = {
    get path() {
      return path;
    },
    put(name, content, mode = 0o600) {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      chmodSync(file, mode);
      return file;
    },
    json: (name) => JSON.parse(directory.text(name)),
    text: (name) => readFileSync(join(path, name), 'utf8'),
    mode: (name) => statSync(join(path, name)).mode & 0o777,
    putKey(name, { privateKey, certificates }) {
      const keyPath = directory.put(`${name}.key`, privateKey);
      return { name, keyPath, certPath: directory.put(`${name}.crt`, certificates) };
    },
  };
  return directory;
}
