import { hash } from '../crypto/digest.ts';
import { decodeBase64 } from '../encoding/base64.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { OperationOptions } from '../oci/repository.ts';
import { metadataError, metadataInvalid } from './failure.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import type { FileDocument } from './schemas.ts';
import type { MetadataRequest, MetadataSource } from './source.ts';

const MIB = 1024 * 1024;
/** The most bytes of the files of each role. Those of `targets` and of delegations list every tag. */
const LIMITS = { root: 4 * MIB, timestamp: MIB, snapshot: 4 * MIB, targets: 32 * MIB } as const;

/** What a timestamp or a snapshot says about a file. */
export interface FileFacts {
  readonly length: number;
  /** The SHA-256, as lower-case hexadecimal. */
  readonly sha256: string;
  /** The SHA-512, if it is stated. */
  readonly sha512?: string;
}

/** Reads the files of a source, each within its limit. */
export class FileReader {
  readonly #source: MetadataSource;
  readonly #options: OperationOptions;

  constructor(source: MetadataSource, options: OperationOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Reads a file that nothing describes: a root, or the timestamp.
   * @returns The file, or `undefined` if it does not exist.
   * @throws NotationError `ERR_DCT_TOO_LARGE`, `ERR_DCT_METADATA_INVALID`, and those of the source
   */
  async read(role: 'root' | 'timestamp', version?: number): Promise<Metadata | undefined> {
    const maxBytes = LIMITS[role];
    const bytes = await this.#fetch({ role, version, maxBytes });
    if (bytes && bytes.length > maxBytes) throw tooLarge(role, maxBytes);
    return bytes && readMetadata(role, bytes);
  }

  /**
   * Reads a file that has the length and the hashes that another one states.
   * @throws NotationError `ERR_DCT_TOO_LARGE`, `ERR_DCT_ENDLESS_DATA`, `ERR_DCT_MIX_AND_MATCH`,
   * `ERR_NOT_FOUND`, `ERR_DCT_METADATA_INVALID`, and those of the source
   */
  async readDescribed(role: string, facts: FileFacts): Promise<Metadata> {
    const limit = role === 'snapshot' ? LIMITS.snapshot : LIMITS.targets;
    if (facts.length > limit) throw tooLarge(role, limit);
    const bytes = await this.#fetch({ role, sha256: facts.sha256, maxBytes: facts.length });
    if (!bytes) throw this.missing(role);
    if (bytes.length > facts.length) {
      throw metadataError('ERR_DCT_ENDLESS_DATA', role, `is longer than its ${facts.length} bytes`);
    }
    await checkFacts(role, bytes, facts);
    return readMetadata(role, bytes);
  }

  /** Makes the error of a file that is not there. */
  missing(role: string): NotationError {
    const what = `there is no metadata of the role ${quote(role)} for ${quote(this.#source.gun)}`;
    return new NotationError('ERR_NOT_FOUND', what);
  }

  #fetch(request: MetadataRequest): Promise<Uint8Array | undefined> {
    return this.#source.read(request, this.#options);
  }
}

/**
 * Requires that a file is the one that another one describes.
 * @throws NotationError `ERR_DCT_MIX_AND_MATCH`
 */
export async function checkFacts(role: string, bytes: Uint8Array, facts: FileFacts): Promise<void> {
  const sums = [
    ['SHA-256', facts.sha256],
    ['SHA-512', facts.sha512],
  ] as const;
  for (const [name, sum] of sums) {
    if (sum === undefined || encodeHex(await hash(name, bytes)) === sum) continue;
    throw metadataError('ERR_DCT_MIX_AND_MATCH', role, `does not have the ${name} hash that is signed`);
  }
  if (bytes.length === facts.length) return;
  throw metadataError('ERR_DCT_MIX_AND_MATCH', role, 'does not have the length that is signed');
}

/**
 * Returns what a timestamp or a snapshot says about the file of a role, or `undefined` if it does not list it.
 * @param listedBy - The role of the document.
 * @throws NotationError `ERR_DCT_METADATA_INVALID` for an entry without a SHA-256
 */
export function factsOf(
  meta: Readonly<Record<string, FileDocument>>,
  role: string,
  listedBy: string,
): FileFacts | undefined {
  const file = Object.hasOwn(meta, role) ? meta[role] : undefined;
  if (!file) return undefined;
  const sha256 = hashOf(file.hashes, 'sha256', 32);
  const sha512 = hashOf(file.hashes, 'sha512', 64);
  if (sha256 === undefined || sha256 === 'malformed' || sha512 === 'malformed') {
    throw metadataInvalid(listedBy, `has no usable hash of the role ${quote(role)}`);
  }
  return { length: file.length, sha256, ...(sha512 !== undefined && { sha512 }) };
}

/**
 * Returns what a timestamp or a snapshot says about the file of a role that it must list.
 * @throws NotationError `ERR_DCT_METADATA_INVALID`
 */
export function requiredFacts(...[meta, role, listedBy]: Parameters<typeof factsOf>): FileFacts {
  const facts = factsOf(meta, role, listedBy);
  if (facts) return facts;
  throw metadataInvalid(listedBy, `does not list the role ${quote(role)}`);
}

/** Returns a hash of a file as lower-case hexadecimal, `undefined` if it is not stated. */
export function hashOf(
  hashes: Readonly<Record<string, unknown>>,
  name: 'sha256' | 'sha512',
  length: number,
): string | 'malformed' | undefined {
  const value = Object.hasOwn(hashes, name) ? hashes[name] : undefined;
  if (value === undefined) return undefined;
  const bytes = typeof value === 'string' ? decodeOrNothing(value) : undefined;
  return bytes?.length === length ? encodeHex(bytes) : 'malformed';
}

function decodeOrNothing(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

function tooLarge(role: string, limit: number): NotationError {
  return metadataError('ERR_DCT_TOO_LARGE', role, `has more than ${limit} bytes`);
}
