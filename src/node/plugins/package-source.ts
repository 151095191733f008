import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { hasCredentials, isConfidential, mayLeadTo } from '../../net/addresses.ts';
import { followRedirects } from '../../net/redirects.ts';
import { sendRequest, wholeBody } from '../../net/transport.ts';
import { readRegularFile } from '../files/read-file.ts';
import { MAX_PACKAGE } from './archive.ts';

/** Milliseconds, as in the reference. */
const DOWNLOAD_TIMEOUT = 10 * 60_000;
const MAX_REDIRECTS = 5;
/** Characters of a URL in an error. */
const MAX_SHOWN = 200;

/** The source of a plugin, and how it is checked. */
export interface PackageSource {
  /** The path of a file, or a URL to download it from. */
  source: string | URL;
  /** The expected SHA-256 of the file, hexadecimal. */
  sha256: string | undefined;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal | undefined;
}

/** A file that contains a plugin. */
export interface PluginPackage {
  bytes: Uint8Array;
  /** The name of the file, without the directory. */
  fileName: string;
}

/**
 * Reads the file that contains a plugin: once and whole, so that what was checked is what gets installed.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_PLUGIN_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`, `ERR_CONTENT_MISMATCH`,
 * `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see docs/specification.md, rule PLG-6
 */
export async function readPackage({ source, sha256, fetch, signal }: PackageSource): Promise<PluginPackage> {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw argumentInvalid('sha256 must be the hexadecimal SHA-256 of the file');
  }
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw argumentInvalid('source must be a path or a URL');
  }
  if (typeof source === 'string' && /^https?:\/\//i.test(source)) {
    throw argumentInvalid('source must be a URL object to be downloaded: new URL(…), with its sha256');
  }
  if (source instanceof URL && sha256 === undefined) {
    throw argumentInvalid('a plugin that is downloaded needs the sha256 of its file');
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

async function download(
  url: URL,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  // Without the query: signed URLs have secrets there.
  const peer = (url.origin + url.pathname).slice(0, MAX_SHOWN);
  const response = await sendRequest(
    { method: 'GET', url, peer, maxBytes: MAX_PACKAGE - 1, signal },
    {
      errors: { unreachable: 'ERR_AUTHORITY_UNREACHABLE', response: 'ERR_AUTHORITY_RESPONSE' },
      timeout: DOWNLOAD_TIMEOUT,
      fetch,
      check: checkUrl,
      follow: followRedirects({ max: MAX_REDIRECTS, resolve: resolveRedirect }),
    },
  );
  if (response.status === 200) return wholeBody(response);
  throw new NotationError('ERR_AUTHORITY_RESPONSE', `${peer} responded with the status ${response.status}`);
}

function resolveRedirect(location: string, from: URL): URL | undefined {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  return url && !hasCredentials(url) && mayLeadTo(url, from) ? url : undefined;
}

function checkUrl(url: URL): void {
  if (isConfidential(url)) return;
  throw argumentInvalid(`a plugin is downloaded over https only, not over ${url.protocol.slice(0, -1)}`);
}

function nameOf({ pathname }: URL): string {
  return pathname.slice(pathname.lastIndexOf('/') + 1);
}
