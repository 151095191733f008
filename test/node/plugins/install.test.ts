import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { createPluginManager } from '../../../src/node/index.ts';
import { forgeZip } from './archives.ts';
import {
  programOf,
  putPlugin,
  shell,
  temporaryDirectory,
  usePluginDirectory,
  writeProgram,
} from './support.ts';

const here = usePluginDirectory();

describe('install', () => {
  it('takes a program by itself', async () => {
    const source = await writeProgram(join(here.sources, 'notation-acme'), programOf('acme', '1.2.3'));
    expect(await here.plugins.install(source)).toMatchObject({
      name: 'acme',
      metadata: { version: '1.2.3' },
    });
    expect(await here.plugins.list()).toMatchObject([{ name: 'acme', metadata: { version: '1.2.3' } }]);
    expect((await stat(join(here.directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
    await here.expectOnly('acme');
  });
});

describe('install of a file that is not an archive', () => {
  it.each(['acme', 'notation-', 'notation-a b', 'Notation-acme'])('rejects the name %j', async (name) => {
    const source = await here.sourceOf(programOf('acme'), name);
    await expect(here.plugins.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringContaining('is neither a .zip, nor a .tar.gz, nor named notation-{name}'),
    });
  });

  it.each<[string, string, string]>([
    ['that does not work', shell('exit 1'), 'ERR_PLUGIN_FAILED'],
    ['of another contract', programOf('acme').replace('"1.0"', '"2.0"'), 'ERR_PLUGIN_INCOMPATIBLE'],
    ['that is not a program', 'touch here', 'ERR_PLUGIN_INVALID'],
  ])('rejects a program %s, and leaves nothing behind', async (_, program, code) => {
    await expect(here.plugins.install(await here.sourceOf(program, 'notation-acme'))).rejects.toMatchObject({
      code,
    });
    await here.expectOnly();
  });

  it('rejects a file that is not there, a directory and a symbolic link', async () => {
    await mkdir(join(here.sources, 'directory'));
    await symlink(
      await writeProgram(join(here.sources, 'program'), programOf('acme')),
      join(here.sources, 'notation-acme'),
    );
    for (const name of ['none', 'directory', 'notation-acme']) {
      await expect(here.plugins.install(join(here.sources, name))).rejects.toMatchObject({
        code: 'ERR_PLUGIN_NOT_FOUND',
      });
    }
  });

  it('reports that the directory of plugins cannot be written', async () => {
    await writeFile(join(here.sources, 'file'), '');
    const manager = createPluginManager({ directory: join(here.sources, 'file') });
    const source = await here.sourceOf(programOf('acme'), 'notation-acme');
    await expect(manager.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(/^cannot write the plugin directory .* \(EEXIST\)$/),
    });
  });

  it('can be aborted while it fetches the metadata of the plugin', async () => {
    const source = await here.sourceOf(shell('exec sleep 60'), 'notation-acme');
    const signal = AbortSignal.timeout(200);
    await expect(here.plugins.install(source, { signal })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the plugin "acme" did not end before the deadline of the signal',
    });
    await here.expectOnly();
  });

  it('takes only a file with the requested SHA-256', async () => {
    const source = await here.sourceOf(programOf('acme'), 'notation-acme');
    await expect(here.plugins.install(source, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
    });
    await here.expectOnly();
    const sha256 = createHash('sha256').update(programOf('acme')).digest('hex').toUpperCase();
    await here.plugins.install(source, { sha256 });
    await here.expectOnly('acme');
  });

  it.each(['', 'abc', 'sha256:'.concat('0'.repeat(64))])('rejects the SHA-256 %j', async (sha256) => {
    const source = await here.sourceOf(programOf('acme'), 'notation-acme');
    await expect(here.plugins.install(source, { sha256 })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});

describe('install over an installed plugin', () => {
  const offer = async (version: string) => here.sourceOf(programOf('acme', version), 'notation-acme');
  const installed = async () => (await here.plugins.list()).map(({ metadata }) => metadata?.version);

  beforeEach(async () => {
    await putPlugin(here.directory, 'acme', programOf('acme', '1.10.0'));
    await writeFile(join(here.directory, 'acme', 'old'), '');
  });

  it('replaces it with a newer one, wholly', async () => {
    expect(await here.plugins.install(await offer('1.11.0-rc.1'))).toMatchObject({
      replacedVersion: '1.10.0',
    });
    expect(await installed()).toEqual(['1.11.0-rc.1']);
    expect(await readdir(join(here.directory, 'acme'))).toEqual(['notation-acme']);
    await here.expectOnly('acme');
  });

  it.each(['1.10.0', '1.9.0', '1.10.0-rc.1', '1.10.0+build', 'latest'])(
    'rejects the version %s',
    async (version) => {
      await expect(here.plugins.install(await offer(version))).rejects.toMatchObject({
        code: 'ERR_PLUGIN_EXISTS',
        message: expect.stringContaining('"1.10.0"'),
      });
      expect(await installed()).toEqual(['1.10.0']);
      expect((await readdir(join(here.directory, 'acme'))).sort()).toEqual(['notation-acme', 'old']);
      await here.expectOnly('acme');
    },
  );

  it.each(['1.10.0', '1.0.0'])('takes the version %s when it may overwrite', async (version) => {
    await here.plugins.install(await offer(version), { overwrite: true });
    expect(await installed()).toEqual([version]);
    await here.expectOnly('acme');
  });

  it('replaces one that does not work only when it may overwrite', async () => {
    await writeFile(join(here.directory, 'acme', 'notation-acme'), shell('exit 1'));
    const source = await offer('9.0.0');
    await expect(here.plugins.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_EXISTS',
      message: expect.stringContaining('is already installed in an unknown version'),
    });
    expect(await here.plugins.install(source, { overwrite: true })).toEqual({
      name: 'acme',
      metadata: expect.anything(),
    });
    expect(await installed()).toEqual(['9.0.0']);
  });

  it('replaces a symbolic link, not its target, and only if it may overwrite', async () => {
    const outside = await temporaryDirectory();
    await putPlugin(outside, 'linked', programOf('linked'));
    await symlink(join(outside, 'linked'), join(here.directory, 'linked'));
    const source = await here.sourceOf(programOf('linked', '2.0.0'), 'notation-linked');
    await expect(here.plugins.install(source)).rejects.toMatchObject({ code: 'ERR_PLUGIN_EXISTS' });
    await here.plugins.install(source, { overwrite: true });
    expect(await readdir(join(outside, 'linked'))).toEqual(['notation-linked']);
    expect(await readFile(join(outside, 'linked', 'notation-linked'), 'utf8')).toBe(programOf('linked'));
  });

  it('leaves one complete plugin if several are installed at a time', async () => {
    const versions = ['2.0.0', '2.1.0', '2.2.0', '2.3.0'];
    const archives = versions.map((version) =>
      forgeZip([{ path: 'notation-acme', content: programOf('acme', version) }]),
    );
    const results = await Promise.allSettled(
      archives.map(async (archive, i) => here.plugins.install(await here.sourceOf(archive, `${i}.zip`))),
    );
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const result of results)
      if (result.status === 'rejected') expect(isNotationError(result.reason)).toBe(true);
    expect(versions).toContain((await installed())[0]);
    await here.expectOnly('acme');
  });
});
