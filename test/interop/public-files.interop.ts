import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findPublicFiles,
  type Kind,
  type Reading,
  readPublicFile,
  readWithGo,
} from './support/public-files.ts';

// The files that others ship for their tests, as public-files.json describes them: read by notarykit and by the libraries of Go,
// which the notation CLI is made of. All files of a group are read by both, except for those that it lists.

/** A reason, by its name in the manifest, and the paths of the files that it applies to. */
type Files = Readonly<Record<string, readonly string[]>>;

interface Group {
  package: string;
  version: string;
  kind: Kind;
  /** A regular expression that the path of a file within the package matches. */
  match: string;
  passphrase?: string;
  /** Who, other than Go, says which files are valid. */
  expectedBy: string;
  files: number;
  /** Rejected by notarykit and by Go. */
  rejected?: Files;
  /** Rejected by notarykit only, for the reason of a row of docs/interop.md. */
  rejectedHere?: Files;
  /** Rejected by Go only, for the reason of a row of docs/interop.md. */
  readHere?: Files;
}

interface Manifest {
  /** Why notarykit rejects files: the code and a part of the message. */
  reasons: Readonly<Record<string, { code: string; says?: string; why?: string }>>;
  groups: readonly Group[];
}

const { reasons, groups } = JSON.parse(
  readFileSync(new URL('public-files.json', import.meta.url), 'utf8'),
) as Manifest;
const document = readFileSync(new URL('../../docs/interop.md', import.meta.url), 'utf8');

/** Seconds of the processor for a file. PKCS #12 files may require 600,000 iterations for each of their keys. */
const MAX_SECONDS = { fast: 1, iterated: 10 };
const TIMEOUT = 180_000;

describe('the public files', () => {
  it.each(groups)(
    'of $package, $kind, $match, are read or rejected as expected',
    { timeout: TIMEOUT },
    async (group) => {
      const { kind, passphrase = '' } = group;
      const files = findPublicFiles(group.package, group.version, group.match, kind);
      const go = readWithGo(files, kind, passphrase);
      const differences: string[] = [];
      for (const [index, file] of files.entries()) {
        const reading = await readPublicFile(file, kind, passphrase);
        const problem = compare(group, file.path, reading, go[index] ?? '');
        if (problem !== undefined) differences.push(`${file.path}: ${problem}`);
      }
      expect(differences).toEqual([]);
      expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(listed(group)));
      expect(files).toHaveLength(group.files);
    },
  );

  it('that notarykit and Go read differently have a row in docs/interop.md', () => {
    const rows = groups.flatMap(({ rejectedHere = {}, readHere = {} }) => [
      ...Object.keys(rejectedHere),
      ...Object.keys(readHere),
    ]);
    expect(rows.filter((row) => !document.includes(`\n| \`${row}\` |`))).toEqual([]);
  });

  it('are counted in docs/interop.md', () => {
    expect(document).toContain(tableOf(groups));
  });
});

function compare(group: Group, path: string, reading: Reading, go: string): string | undefined {
  const both = findReason(group.rejected, path);
  const here = both ?? findReason(group.rejectedHere, path);
  const onlyGo = findReason(group.readHere, path);
  const { error, seconds } = reading;
  const message = error ? `${error.code} ${error.message}` : 'read';
  if (here === undefined ? error !== undefined : !isFor(error, here))
    return `${message}, not ${here ?? 'read'}`;
  const rejectedByGo = both !== undefined || onlyGo !== undefined;
  if ((go !== '') !== rejectedByGo) return `Go: ${go || 'read'}, here: ${message}`;
  const limit = group.kind === 'PKCS #12' ? MAX_SECONDS.iterated : MAX_SECONDS.fast;
  return seconds < limit ? undefined : `took ${seconds} s`;
}

function isFor(error: Reading['error'], name: string): boolean {
  const reason = reasons[name];
  return reason !== undefined && error?.code === reason.code && error.message.includes(reason.says ?? '');
}

function findReason(files: Files = {}, path: string): string | undefined {
  return Object.keys(files).find((reason) => files[reason]?.includes(path));
}

function listed({ rejected = {}, rejectedHere = {}, readHere = {} }: Group): string[] {
  return [rejected, rejectedHere, readHere].flatMap((files) => Object.values(files).flat());
}

const NOTHING: readonly number[] = [0, 0, 0, 0, 0];

/** The table of docs/interop.md: a row for the groups of one package and kind. */
function tableOf(all: readonly Group[]): string {
  const rows = new Map<string, readonly number[]>();
  let total = NOTHING;
  for (const group of all) {
    const { files, rejected, rejectedHere, readHere } = group;
    const [both, here, go] = [count(rejected), count(rejectedHere), count(readHere)];
    const counts = [files, files - both - here, both, here, go];
    const name = `${group.package} ${group.version} | ${group.kind} | ${group.expectedBy}`;
    rows.set(name, sum(rows.get(name) ?? NOTHING, counts));
    total = sum(total, counts);
  }
  rows.set('all | | ', total);
  return [
    '| package | kind | also according to | files | read | rejected by both | rejected here | rejected by Go |',
    '|---|---|---|--:|--:|--:|--:|--:|',
    ...[...rows].map(([name, counts]) => `| ${name} | ${counts.join(' | ')} |`),
  ].join('\n');
}

function count(files: Files = {}): number {
  return Object.values(files).flat().length;
}

function sum(a: readonly number[], b: readonly number[]): number[] {
  return a.map((number, index) => number + (b[index] ?? 0));
}
