import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { makeDirectories } from '../../../src/node/files/make-directories.ts';
import {
  addCertificates,
  changeNotationSettings,
  createImageLayout,
  createPluginManager,
  writeTrustPolicy,
} from '../../../src/node/index.ts';
import { parseReference } from '../../../src/oci/index.ts';
import { generateTestCertificate } from '../../../src/testing/index.ts';
import { utf8 } from '../../oci/support.ts';
import { policyDocument } from '../../support/artifact.ts';
import { skipWithout } from '../machine.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-directories-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const isDirectory = async (path: string) => (await stat(path)).isDirectory();

describe('makeDirectories', () => {
  it('makes a directory and those that contain it, with their permissions', async () => {
    await makeDirectories(join(directory, 'a/b/c/'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) {
      const { mode } = await stat(join(directory, path));
      if (platform !== 'win32') expect(mode & 0o777).toBe(0o700);
    }
  });

  it('leaves a directory that exists', async () => {
    await makeDirectories(directory);
    await makeDirectories('.');
    expect(await isDirectory(directory)).toBe(true);
  });

  it('makes a directory behind a link', async () => {
    await makeDirectories(join(directory, 'real'));
    await symlink(join(directory, 'real'), join(directory, 'link'), 'junction');
    await makeDirectories(join(directory, 'link'));
    await makeDirectories(join(directory, 'link/a/b'));
    expect(await isDirectory(join(directory, 'real/a/b'))).toBe(true);
  });

  it('fails if the path or its parent is a file', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(makeDirectories(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectories(join(file, 'a/b'))).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTDIR|ENOENT)$/),
    });
  });

  it('fails where a directory that exists takes no new one', async (context) => {
    await expect(makeDirectories(inProc(context))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** A path below `/proc`, which answers `ENOENT` to every new name. */
function inProc(context: TestContext): string {
  skipWithout('/proc', platform === 'linux', context);
  return '/proc/notarykit/configuration';
}

describe('where no directory can be made', () => {
  it.for<[string, string, (path: string) => Promise<unknown>]>([
    [
      'a trust policy',
      'ERR_CONFIG_INVALID',
      (configDirectory) => writeTrustPolicy(policyDocument(), { configDirectory }),
    ],
    [
      'settings',
      'ERR_CONFIG_INVALID',
      (configDirectory) => changeNotationSettings((settings) => settings, { configDirectory }),
    ],
    [
      'a certificate',
      'ERR_CONFIG_INVALID',
      async (configDirectory) => {
        const { root } = await generateTestCertificate({ name: 'acme' });
        return addCertificates('ca', 'acme', { 'root.crt': root }, { configDirectory });
      },
    ],
    [
      'an image layout',
      'ERR_LAYOUT_INVALID',
      (path) =>
        createImageLayout(path)
          .repository(parseReference('registry.example.com/app'))
          .pushBlob('text/plain', utf8('blob')),
    ],
    [
      'a plugin',
      'ERR_PLUGIN_INVALID',
      async (path) => {
        const program = join(directory, 'notation-acme');
        await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
        return createPluginManager({ directory: path }).install(program);
      },
    ],
  ])('%s is not written, and the error names the directory', async ([_, code, write], context) => {
    const path = inProc(context);
    await expect(write(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
  });
});
