import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryName } from '../../../src/node/files/temporary-name.ts';
import { addCertificates, createFileTrustStore, removeCertificate } from '../../../src/node/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { elsewhere, mountAt } from '../machine.ts';

let pair: TestCertificate;
let other: TestCertificate;
let configDirectory: string;
let store: string;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
});

beforeEach(() => {
  configDirectory = mkdtempSync(join(tmpdir(), 'changing-store-'));
  onTestFinished(() => rmSync(configDirectory, { recursive: true }));
  store = join(configDirectory, 'truststore', 'x509', 'ca', 'acme');
  mkdirSync(store, { recursive: true });
});

const read = () => createFileTrustStore({ configDirectory }).certificates('ca', 'acme');
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Reads the store until the work is done. */
async function readDuring(work: Promise<void>): Promise<number[]> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  const counts: number[] = [];
  while (!done) counts.push((await read()).length);
  await ended;
  return counts;
}

describe('a trust store that is read while it is changed', () => {
  beforeEach(() => writeFileSync(join(store, 'first.crt'), pair.root));

  it('has the certificates that stay, while notarykit adds another one and removes it', async () => {
    const counts = await readDuring(
      (async () => {
        for (let times = 0; times < 30; times++) {
          await addCertificates('ca', 'acme', { 'second.crt': other.root }, { configDirectory });
          await removeCertificate('ca', 'acme', 'second.crt', { configDirectory });
        }
      })(),
    );
    expect(new Set(counts)).toEqual(new Set([1, 2]));
  });

  it('has the certificates that stay, while another program writes one in place and removes it', async () => {
    const path = join(store, 'second.crt');
    const half = other.root.length / 2;
    await readDuring(
      (async () => {
        for (let times = 0; times < 20; times++) {
          writeFileSync(path, '');
          await pause(1);
          writeFileSync(path, other.root.slice(0, half));
          await pause(1);
          writeFileSync(path, other.root);
          await pause(3);
          unlinkSync(path);
        }
      })(),
    );
  });

  it('is invalid if a file in it stays cut short', async () => {
    writeFileSync(join(store, 'second.crt'), other.root.slice(0, other.root.length / 2));
    await expect(read()).rejects.toMatchObject({ code: 'ERR_TRUST_STORE_INVALID' });
  });
});

describe('a trust store on another file system', () => {
  it('takes certificates if it is a link', async (context) => {
    const directory = elsewhere(context);
    const truststore = join(configDirectory, 'truststore');
    rmSync(truststore, { recursive: true });
    symlinkSync(directory, truststore);
    await addCertificates('ca', 'acme', { 'a.crt': pair.root, 'b.crt': other.root }, { configDirectory });
    expect(await read()).toHaveLength(2);
    expect([readdirSync(configDirectory), readdirSync(directory)]).toEqual([['truststore'], ['x509']]);
  });

  it('takes certificates if a named store is one of its own', async (context) => {
    mountAt(store, context);
    await addCertificates('ca', 'acme', { 'a.crt': pair.root }, { configDirectory });
    expect(readdirSync(store)).toEqual(['a.crt']);
    await addCertificates('ca', 'acme', { 'b.crt': other.root }, { configDirectory });
    expect(await read()).toHaveLength(2);
  });

  it('does not take its temporary files for certificates, and removes those that are old', async (context) => {
    mountAt(store, context);
    await addCertificates('ca', 'acme', { 'a.crt': pair.root }, { configDirectory });
    const left = join(store, temporaryName());
    writeFileSync(left, '');
    expect(await read()).toHaveLength(1);
    utimesSync(left, new Date(0), new Date(0));
    await addCertificates('ca', 'acme', { 'b.crt': other.root }, { configDirectory });
    expect(readdirSync(store).sort()).toEqual(['a.crt', 'b.crt']);
  });
});

describe('a named store that is moved away while it is read', () => {
  it('is missing', async () => {
    writeFileSync(join(store, 'first.crt'), pair.root);
    renameSync(store, `${store}-away`);
    await expect(read()).rejects.toMatchObject({ code: 'ERR_TRUST_STORE_NOT_FOUND' });
  });
});
