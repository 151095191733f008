import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { withDeadline } from '../../net/abort.ts';
import { isLoopback, mayLeadTo } from '../../net/addresses.ts';
import { discard, readAtMost } from '../../net/body.ts';
import { readRegularFile } from '../files/read-file.ts';
import { MAX_PACKAGE } from './archive.ts';

/** Milliseconds, as in the reference. */
const DOWNLOAD_TIMEOUT = 10 * 60_000;
const MAX_REDIRECTS = 5;

/** Where a plugin comes from, and what it must be. */
export interface PackageSource {
  /** The path of a file, or an address to fetch it from. */
  source: string | URL;
  /** What the file must hash to, hexadecimal. */
  sha256: string | undefined;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal | undefined;
}

/** A file that holds a plugin. */
export interface PluginPackage {
  bytes: Uint8Array;
  /** The name of the file, without the folder. */
  fileName: string;
}

/**
 * Reads the file that holds a plugin: once and whole, so that what was checked is what gets installed.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_PLUGIN_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`, `ERR_CONTENT_MISMATCH`,
 * `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function readPackage({ source, sha256, fetch, signal }: PackageSource): Promise<PluginPackage> {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw invalid('sha256 must be the hexadecimal SHA-256 of the file');
  }
  if (typeof source !== 'string' && !(source instanceof URL)) throw invalid('source must be a path or a URL');
  if (typeof source === 'string' && /^https?:\/\//i.test(source)) {
    throw invalid('an address is given as a URL: new URL(…), with its sha256');
  }
  if (source instanceof URL && sha256 === undefined) {
    throw invalid('a plugin from an address needs the sha256 of its file');
  }
  const read =
    source instanceof URL
      ? { bytes: await download(source, fetch, signal), fileName: nameOf(source) }
      : { bytes: await readFile(source), fileName: basename(source) };
  const actual = createHash('sha256').update(read.bytes).digest('hex');
  if (sha256 !== undefined && actual !== sha256.toLowerCase()) {
    const message = `the file of the plugin has the SHA-256 ${actual}, not ${sha256.toLowerCase()}`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  }
  return read;
}

function readFile(path: string): Promise<Uint8Array> {
  return readRegularFile(path, {
    what: 'file of the plugin',
    code: 'ERR_PLUGIN_NOT_FOUND',
    maxBytes: MAX_PACKAGE - 1,
  });
}

function download(
  url: URL,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return withDeadline(DOWNLOAD_TIMEOUT, signal, 'the download of the plugin', async (deadline) => {
    const response = await follow(url, fetch, deadline);
    if (response.status !== 200) {
      discard(response.body);
      throw failed('ERR_AUTHORITY_RESPONSE', url, `answers with the status ${response.status}`);
    }
    const bytes = await reach(url, deadline, readAtMost(response.body, MAX_PACKAGE - 1, deadline));
    if (bytes.length >= MAX_PACKAGE) {
      throw failed('ERR_LIMIT_EXCEEDED', url, `sends ${MAX_PACKAGE} bytes and more`);
    }
    return bytes;
  });
}

/** Redirects are followed here, so that none leads to where nobody would have asked. */
async function follow(url: URL, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkAddress(at);
    const response = await reach(at, signal, fetch(at, { redirect: 'manual', signal }));
    const location = response.headers.get('location');
    if (response.status < 301 || response.status > 308 || location === null) return response;
    discard(response.body);
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    if (!next || !mayLeadTo(next, at))
      throw failed('ERR_AUTHORITY_RESPONSE', at, 'redirects to where it must not');
    at = next;
  }
  throw failed('ERR_AUTHORITY_RESPONSE', url, `redirects more than ${MAX_REDIRECTS} times`);
}

function checkAddress(url: URL): void {
  const plain = url.protocol === 'http:' && isLoopback(url);
  if (url.protocol === 'https:' || plain) return;
  throw invalid(`a plugin is fetched by https only, not by ${url.protocol.slice(0, -1)}`);
}

async function reach<T>(url: URL, signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isNotationError(cause) || signal.aborted) throw cause;
    throw failed('ERR_AUTHORITY_UNREACHABLE', url, 'cannot be reached, or broke off', cause);
  }
}

function nameOf({ pathname }: URL): string {
  return pathname.slice(pathname.lastIndexOf('/') + 1);
}

/** Of the address no query is told: signed addresses have secrets there. */
function failed(
  code: 'ERR_AUTHORITY_RESPONSE' | 'ERR_AUTHORITY_UNREACHABLE' | 'ERR_LIMIT_EXCEEDED',
  { origin, pathname }: URL,
  reason: string,
  cause?: unknown,
): NotationError {
  return new NotationError(code, `${(origin + pathname).slice(0, 200)} ${reason}`, { cause });
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
