import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { updateIndex, withEntry } from '../../../src/node/layout/index-json.ts';
import { type Descriptor, parseReference } from '../../../src/oci/index.ts';
import { bytesOf, failure, image, MANIFEST, notes, referrer, utf8 } from '../../oci/support.ts';
import { bundle } from '../bundle.ts';
import { isRoot, mountAt, skipWithout } from '../machine.ts';

let parent: string;
let directory: string;
let index: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'notarykit-writers-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  directory = join(parent, 'layout');
  index = join(directory, 'index.json');
});

function open() {
  return createImageLayout(directory).repository(parseReference('registry.example.com/team/app'));
}

const push = (note: string, tag?: string) => open().pushManifest(MANIFEST, bytesOf(image(note)), { tag });

/** Adds an entry as other programs do: without the lock, into the file as it is. */
function addInPlace(entry: Descriptor): void {
  const document = JSON.parse(readFileSync(index, 'utf8'));
  writeFileSync(index, JSON.stringify({ ...document, manifests: [...document.manifests, entry] }));
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Empties the file and writes it again a moment later, as a program does that opened it before. */
async function rewriteInPlace(): Promise<void> {
  const file = openSync(index, 'r+');
  const content = readFileSync(file);
  ftruncateSync(file);
  await pause(1);
  writeSync(file, content, 0, content.length, 0);
  closeSync(file);
}

describe('an index.json that another program writes in place', () => {
  it.each(['', '{"schemaVersion":2,"manif'])('is read when it is whole again, after %j', async (part) => {
    const pushed = await push('a', 'v1');
    const whole = await readFile(index, 'utf8');
    await writeFile(index, part);
    setTimeout(() => writeFileSync(index, whole), 30);
    expect(await open().resolve('v1')).toEqual(pushed);
  });

  it('is malformed if it stays cut short', async () => {
    await push('a', 'v1');
    await writeFile(index, '{"schemaVersion":2,"manif');
    expect(await failure(open().resolve('v1'))).toMatchObject({ code: 'ERR_LAYOUT_INVALID' });
  });

  it('keeps what the program wrote between reading and replacing', async () => {
    const [theirs, ours] = [await push('theirs'), await push('ours')];
    await writeFile(index, '{"schemaVersion":2,"manifests":[]}');
    let calls = 0;
    await updateIndex(
      directory,
      (found) => {
        if (++calls === 1) addInPlace(theirs);
        return withEntry(found, ours, 'ours');
      },
      undefined,
    );
    expect(calls).toBe(2);
    expect(await open().resolve('ours')).toEqual(ours);
    expect(await readFile(index, 'utf8')).toContain(theirs.digest);
  });

  it('is given up if the program never stops', async () => {
    const [theirs, ours] = [await push('theirs'), await push('ours')];
    const change = updateIndex(
      directory,
      (found) => {
        addInPlace(theirs);
        return withEntry(found, ours, 'ours');
      },
      undefined,
    );
    expect(await failure(change)).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: `other processes keep changing ${directory} at the same time`,
    });
  });

  it('has every signature that is reported, and every entry of the program, while both write', async () => {
    const subject = await push('subject');
    const theirs = await push('theirs', 'theirs');
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        await rewriteInPlace();
        await pause(5);
      }
    })();
    const names = Array.from({ length: 10 }, (_, at) => `n${at}`);
    for (const name of names) await open().pushManifest(MANIFEST, bytesOf(referrer(subject, name)));
    stop = true;
    await writing;
    expect((await notes(open(), subject)).sort()).toEqual(names.sort());
    expect(await open().resolve('theirs')).toEqual(theirs);
  });
});

describe('a writer of an image layout that is killed', () => {
  const OLD = new Date(Date.now() - 2 * 60 * 60 * 1000);
  const blobs = () => join(directory, 'blobs');

  async function startWriter(): Promise<ChildProcess> {
    const program = await bundle(join(import.meta.dirname, 'stalling-writer.ts'), parent);
    const child = spawn(execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout ?? child, 'data');
    return child;
  }

  it('leaves a file that a later writer removes once it is old', async () => {
    const writer = await startWriter();
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const [left = '', ...others] = (await readdir(blobs())).filter((name) => name !== 'sha256');
    expect(left).toMatch(/^\.notarykit-/);
    expect(others).toEqual([]);
    await open().pushBlob('a/b', utf8('young'));
    expect(await readdir(blobs())).toContain(left);
    await utimes(join(blobs(), left), OLD, OLD);
    await open().pushBlob('a/b', utf8('old'));
    expect(await readdir(blobs())).toEqual(['sha256']);
  });
});

describe('an image layout of several file systems', () => {
  it('takes blobs, manifests and tags', async (context) => {
    await mkdir(join(directory, 'blobs'), { recursive: true });
    mountAt(join(directory, 'blobs'), context);
    const pushed = await push('a', 'v1');
    expect(await open().resolve('v1')).toEqual(pushed);
    expect(await readdir(join(directory, 'blobs'))).toEqual(['sha256']);
  });
});

describe('an index.json of another user', () => {
  it('keeps its owner, its group and its permissions when root signs', async (context) => {
    skipWithout('root', isRoot(), context);
    await push('a', 'v1');
    await chmod(index, 0o664);
    await chown(index, 65534, 65533);
    await push('b', 'v2');
    const { uid, gid, mode } = await stat(index);
    expect([uid, gid, mode & 0o777]).toEqual([65534, 65533, 0o664]);
  });
});
