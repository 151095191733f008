import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePem } from '../../../src/encoding/pem.ts';
import { isNotationError, type NotationError } from '../../../src/errors/index.ts';
import { readPkcs12 } from '../../../src/keys/index.ts';
import { parseCertificates, readCertificate } from '../../../src/x509/certificate.ts';
import { parseCrl } from '../../../src/x509/revocation/crl.ts';
import { CrlEntries } from '../../../src/x509/revocation/crl-entries.ts';
import { readCrlExtensions } from '../../../src/x509/revocation/crl-extensions.ts';
import { parseOcspResponse } from '../../../src/x509/revocation/ocsp-response.ts';
import { parseSignedData } from '../../../src/x509/timestamp/cms.ts';
import { parseTstInfo } from '../../../src/x509/timestamp/tst-info.ts';
import { toolPath } from './tools.ts';

export type Kind = 'certificate' | 'CRL' | 'OCSP response' | 'timestamp token' | 'PKCS #12';

/** One file of a package. */
export interface PublicFile {
  /** The path within its package. */
  path: string;
  /** What the file consists of: several OCSP responses, for example, or all tokens within a signed program. */
  parts: readonly Uint8Array[];
}

const CACHE = fileURLToPath(new URL('../../../.cache/interop/public-files', import.meta.url));
const LABELS: Partial<Record<Kind, RegExp>> = {
  certificate: /-----BEGIN (X509 )?CERTIFICATE-----/,
  CRL: /-----BEGIN X509 CRL-----/,
};
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Finds the files of one kind in a package that scripts/interop-public-files.sh has downloaded. */
export function findPublicFiles(name: string, version: string, match: string, kind: Kind): PublicFile[] {
  const root = join(CACHE, `${name.replaceAll('/', '+')}@${version}`);
  if (!existsSync(join(root, '.complete'))) {
    throw new Error(`interop: ${name} ${version} is missing: run scripts/interop-tools.sh`);
  }
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => new RegExp(match).test(path))
    .sort()
    .map((path) => ({ path, parts: split(new Uint8Array(readFileSync(join(root, path))), kind) }))
    .filter(({ parts }) => parts.length > 0);
}

function split(content: Uint8Array, kind: Kind): Uint8Array[] {
  const text = Buffer.from(content).toString('latin1');
  if (kind === 'OCSP response' && /^[\w+/=\s]+$/.test(text)) {
    // Lines of base64 are 76 characters at most; longer ones are a response each.
    const lines = text.trim().split(/\s+/);
    return (lines.some(({ length }) => length > 76) ? lines : [lines.join('')]).map(decodeBase64);
  }
  if (kind === 'timestamp token') return findTokens(content, text);
  const label = LABELS[kind];
  const isOther = label !== undefined && text.includes('-----BEGIN ') && !label.test(text);
  return isOther ? [] : [content];
}

function decodeBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** The object identifier id-signedData; in front of it is a SEQUENCE with a length of two bytes. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
/** id-ct-TSTInfo, which comes soon in a timestamp token. */
const TST_INFO = Buffer.from('060b2a864886f70d0109100104', 'hex');

/** Finds timestamp tokens: in signed programs, in responses, and in Sigstore's bundles. */
function findTokens(content: Uint8Array, text: string): Uint8Array[] {
  const responses = [...text.matchAll(/"signedTimestamp":\s*"([^"]*)"/g)].map(
    ([, response = '']) => response,
  );
  return (responses.length > 0 ? responses.map(decodeBase64) : [content]).flatMap(scanForTokens);
}

function scanForTokens(content: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(content);
  const tokens: Uint8Array[] = [];
  for (let at = bytes.indexOf(SIGNED_DATA); at >= 4; at = bytes.indexOf(SIGNED_DATA, at + 1)) {
    const token = content.subarray(at - 4, at + bytes.readUInt16BE(at - 2));
    if (bytes.subarray(at, at + 128).includes(TST_INFO)) tokens.push(token);
  }
  return tokens;
}

/** Why a file is rejected here, and the time of the processor that it took, in seconds. */
export interface Reading {
  error?: NotationError;
  seconds: number;
}

/** Reads a file with notarykit. Any failure but a NotationError is thrown. */
export async function readPublicFile(file: PublicFile, kind: Kind, passphrase: string): Promise<Reading> {
  const before = process.cpuUsage();
  const seconds = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  try {
    for (const part of file.parts) await READERS[kind](part, passphrase);
    return { seconds: seconds() };
  } catch (error) {
    if (isNotationError(error)) return { error, seconds: seconds() };
    throw new Error(`${file.path} fails without a code`, { cause: error });
  }
}

const READERS: Record<Kind, (content: Uint8Array, passphrase: string) => unknown> = {
  certificate: (content) => parseCertificates(content),
  CRL: (content) => {
    const lists = content[0] === 0x30 ? [content] : decodePem(content).map(({ der }) => der);
    for (const list of lists) {
      const crl = parseCrl(list);
      readCrlExtensions(crl.extensions);
      new CrlEntries(crl.entries);
    }
  },
  'OCSP response': (content) => parseOcspResponse(content),
  'timestamp token': (content) => {
    const signed = parseSignedData(content);
    parseTstInfo(signed.content);
    signed.certificates.forEach(readCertificate);
  },
  'PKCS #12': (content, passphrase) => readPkcs12(content, { passphrase }),
};

/** Reads files with the libraries of Go, and returns why each is rejected, or an empty string. */
export function readWithGo(files: readonly PublicFile[], kind: Kind, passphrase: string): string[] {
  const lines = files.flatMap(({ parts }) =>
    parts.map((part) => JSON.stringify({ kind, content: Buffer.from(part).toString('base64'), passphrase })),
  );
  const output = execFileSync(toolPath('go-readers'), { input: lines.join('\n'), maxBuffer: MAX_OUTPUT });
  const answers = output
    .toString()
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return files.map(({ parts }) =>
    String(answers.splice(0, parts.length).find((reason) => reason !== '') ?? ''),
  );
}
