import { NotationError } from '../../errors/index.ts';

/** Bytes that an archive, or all that is packed into it, must stay below (plugin specification, "Package and release"). */
export const MAX_PACKAGE = 256 * 1024 * 1024;
/** Things in an archive; real ones have two or three. */
const MAX_ENTRIES = 1000;

/** A file at the top of an archive. Its content is read before the next one is asked for. */
export interface ArchiveFile {
  name: string;
  /** Whether the archive says that its owner may execute it. */
  executable: boolean;
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** What an archive says of one thing in it. */
export interface ArchiveEntry {
  /** As it is written. */
  path: string;
  kind: 'file' | 'folder' | 'other';
}

/**
 * Judges each thing in an archive, before it is unpacked. Everything that is neither a file nor a folder is refused, and
 * every path that leads elsewhere; what is in folders is left out, as notation does.
 */
export class EntryGate {
  readonly #names = new Set<string>();
  #count = 0;

  /**
   * @returns The name of a file to unpack; `undefined` for what is left out.
   * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_LIMIT_EXCEEDED`
   */
  admit({ path, kind }: ArchiveEntry): string | undefined {
    this.#count += 1;
    if (this.#count > MAX_ENTRIES) throw tooLarge(`it holds more than ${MAX_ENTRIES} entries`);
    const shown = JSON.stringify(path.slice(0, 120));
    const parts = path.split('/').filter((part) => part !== '.');
    if (isUnsafe(path) || parts.includes('..')) throw broken(`the path ${shown} leads out of it`);
    if (kind === 'other') throw broken(`${shown} is neither a file nor a folder`);
    if (kind === 'folder') return undefined;
    const [name = '', ...below] = parts;
    if (below.length > 0) return undefined;
    // File systems that ignore the case of letters would overwrite one with the other.
    const folded = name.toLowerCase();
    if (name === '' || this.#names.has(folded)) throw broken(`${shown} has no name, or one that is taken`);
    this.#names.add(folded);
    return name;
  }
}

/** Absolute on some system, or with separators, drives and streams of Windows, or with characters nobody sees. */
function isUnsafe(path: string): boolean {
  return path.startsWith('/') || /[\\:\p{Cc}\p{Cf}]/u.test(path) || path.length > 1024;
}

/** An archive that is malformed, or holds what a plugin must not have. */
export function broken(reason: string, cause?: unknown): NotationError {
  const message = `the archive of the plugin cannot be used: ${reason}`;
  return new NotationError('ERR_PLUGIN_INVALID', message, cause === undefined ? {} : { cause });
}

/** An archive beyond a ceiling. */
export function tooLarge(reason: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', `the archive of the plugin is too large: ${reason}`);
}
