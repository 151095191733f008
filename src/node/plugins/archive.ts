import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';

/**
 * The bytes that an archive must stay below, packed and unpacked (plugin specification, "Package and release").
 * @see docs/specification.md, rule PLG-5
 */
export const MAX_PACKAGE = 256 * 1024 * 1024;
/** The entries that an archive can have; real ones have two or three. */
const MAX_ENTRIES = 1000;

/** A file at the top level of an archive. Its content is read before the next file. */
export interface ArchiveFile {
  name: string;
  /** Whether the archive marks the file as executable by its owner. */
  executable: boolean;
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** An entry of an archive. */
export interface ArchiveEntry {
  /** The path as the archive spells it. */
  path: string;
  kind: 'file' | 'directory' | 'other';
}

/**
 * Checks each entry of an archive before it is unpacked. Entries that are neither a file nor a directory are rejected,
 * and so are paths that lead out of the archive. Files in directories are skipped, as in notation.
 */
export class EntryGate {
  readonly #names = new Set<string>();
  #count = 0;

  /**
   * @returns The name of a file to unpack; `undefined` for an entry to skip.
   * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_LIMIT_EXCEEDED`
   */
  admit({ path, kind }: ArchiveEntry): string | undefined {
    this.#count += 1;
    if (this.#count > MAX_ENTRIES) throw archiveTooLarge(`it has more than ${MAX_ENTRIES} entries`);
    const parts = path.split('/').filter((part) => part !== '.');
    if (isUnsafe(path) || parts.includes('..'))
      throw archiveInvalid(`the path ${quote(path)} leads out of it`);
    if (kind === 'other') throw archiveInvalid(`${quote(path)} is neither a file nor a directory`);
    if (kind === 'directory') return undefined;
    const [name = '', ...below] = parts;
    if (below.length > 0) return undefined;
    // A file system that ignores letter case would overwrite one file with the other.
    const folded = name.toLowerCase();
    if (name === '') throw archiveInvalid(`the path ${quote(path)} has no file name`);
    if (this.#names.has(folded)) throw archiveInvalid(`it has two files with the name ${quote(name)}`);
    this.#names.add(folded);
    return name;
  }
}

/** Reports whether a path is absolute, has separators, drives or streams of Windows, or invisible characters. */
function isUnsafe(path: string): boolean {
  return path.startsWith('/') || /[\\:\p{Cc}\p{Cf}]/u.test(path) || path.length > 1024;
}

/** Makes the error of an archive that is malformed, or has entries that a plugin must not have. */
export function archiveInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_PLUGIN_INVALID', `the plugin archive is invalid: ${reason}`, { cause });
}

/** Makes the error of an archive that exceeds a limit. */
export function archiveTooLarge(reason: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', `the plugin archive is too large: ${reason}`);
}
