import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPluginManager, notationPluginDirectory } from '../../../src/node/index.ts';
import { metadataOf, programOf, putPlugin, shell, temporaryDirectory, writeProgram } from './support.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

const manager = () => createPluginManager({ directory });
const refused = { code: 'ERR_PLUGIN_INVALID' };

describe('get', () => {
  it('returns a plugin that is installed', async () => {
    await putPlugin(directory, 'com.example.signer');
    const plugin = await manager().get('com.example.signer');
    expect(plugin?.name).toBe('com.example.signer');
    expect(await plugin?.run('get-plugin-metadata', {})).toEqual(metadataOf('com.example.signer'));
  });

  it('returns nothing if there is no plugin, or no directory', async () => {
    expect(await manager().get('acme')).toBeUndefined();
    expect(await createPluginManager({ directory: join(directory, 'none') }).get('acme')).toBeUndefined();
  });

  it.each([
    '',
    '.',
    '..',
    '../acme',
    'a/b',
    'a\\b',
    '/acme',
    'acme.',
    '.acme',
    'a b',
    'a\0',
    'C:',
    'ä',
    'a'.repeat(129),
    '-a',
    'a\n',
  ])('rejects the name %j', async (name) => {
    await putPlugin(join(directory, '..', 'x'), 'acme').catch(() => undefined);
    await expect(manager().get(name)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('is not a valid plugin name'),
    });
  });

  it('rejects a directory that is a symbolic link', async () => {
    await putPlugin(directory, 'acme');
    await rename(join(directory, 'acme'), join(directory, 'elsewhere'));
    await symlink('elsewhere', join(directory, 'acme'));
    await expect(manager().get('acme')).rejects.toMatchObject({
      message: expect.stringContaining('is not a directory'),
    });
  });

  it('rejects a program that is a symbolic link', async () => {
    const path = await putPlugin(directory, 'acme');
    await rename(path, join(directory, 'program'));
    await symlink('../program', path);
    await expect(manager().get('acme')).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('is not a regular file'),
    });
  });

  it('rejects a link that replaced the plugin after it was found', async () => {
    const path = await putPlugin(directory, 'acme');
    const plugin = await manager().get('acme');
    await rename(path, join(directory, 'program'));
    await symlink('../program', path);
    await expect(plugin?.run('get-plugin-metadata', {})).rejects.toMatchObject(refused);
  });

  it('reports a plugin that was removed after it was found', async () => {
    await putPlugin(directory, 'acme');
    const plugin = await manager().get('acme');
    await rm(join(directory, 'acme'), { recursive: true });
    await expect(plugin?.run('get-plugin-metadata', {})).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
    });
  });

  it('rejects a directory without the program, a file in place of it and a directory in place of the program', async () => {
    await mkdir(join(directory, 'empty'));
    await writeFile(join(directory, 'file'), '');
    await mkdir(join(directory, 'directory', 'notation-directory'), { recursive: true });
    await expect(manager().get('empty')).rejects.toMatchObject({
      message: expect.stringContaining('has no notation-empty'),
    });
    await expect(manager().get('file')).rejects.toMatchObject(refused);
    await expect(manager().get('directory')).rejects.toMatchObject(refused);
  });

  it.skipIf(process.platform === 'win32')('rejects a program that may not be executed', async () => {
    await chmod(await putPlugin(directory, 'acme'), 0o644);
    await expect(manager().get('acme')).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('is not executable'),
    });
  });
});

describe('list', () => {
  it('returns no plugins if there is no directory', async () => {
    expect(await createPluginManager({ directory: join(directory, 'none') }).list()).toEqual([]);
  });

  it('returns the metadata of each plugin, or why it does not work', async () => {
    await putPlugin(directory, 'b');
    await putPlugin(directory, 'a', programOf('a', '2.0.0'));
    await putPlugin(directory, 'other', programOf('b'));
    await putPlugin(directory, 'broken', shell('echo "no"'));
    await mkdir(join(directory, 'empty'));
    await mkdir(join(directory, 'not a name'));
    await mkdir(join(directory, '.notarykit-1'));
    await writeFile(join(directory, 'file'), '');
    await symlink('a', join(directory, 'link'));
    expect(await manager().list()).toMatchObject([
      { name: 'a', metadata: { version: '2.0.0' } },
      { name: 'b', metadata: { version: '1.0.0' } },
      { name: 'broken', reason: { code: 'ERR_PLUGIN_RESPONSE' } },
      { name: 'empty', reason: { code: 'ERR_PLUGIN_INVALID' } },
      { name: 'not a name', reason: { code: 'ERR_PLUGIN_INVALID' } },
      {
        name: 'other',
        reason: { code: 'ERR_PLUGIN_RESPONSE', message: expect.stringContaining('it calls itself') },
      },
    ]);
  });

  it('can be aborted', async () => {
    await putPlugin(directory, 'slow', shell('exec sleep 60'));
    const signal = AbortSignal.timeout(200);
    await expect(manager().list({ signal })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the plugin "slow" did not end before the deadline of the signal',
    });
  });

  it('fails if the path is not a directory', async () => {
    await writeFile(join(directory, 'file'), '');
    expect(await createPluginManager({ directory: join(directory, 'file') }).list()).toEqual([]);
  });
});

describe('uninstall', () => {
  it('removes the directory of the plugin, but not the targets of its links', async () => {
    await putPlugin(directory, 'acme');
    await putPlugin(directory, 'other');
    const outside = await temporaryDirectory();
    await writeProgram(join(outside, 'kept'), '');
    await symlink(outside, join(directory, 'acme', 'link'));
    await manager().uninstall('acme');
    expect(await readdir(directory)).toEqual(['other']);
    expect(await readdir(outside)).toEqual(['kept']);
  });

  it('removes one that does not work', async () => {
    await mkdir(join(directory, 'empty'));
    await manager().uninstall('empty');
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ['acme', 'ERR_PLUGIN_NOT_FOUND'],
    ['..', 'ERR_PLUGIN_INVALID'],
    ['', 'ERR_PLUGIN_INVALID'],
    ['.', 'ERR_PLUGIN_INVALID'],
  ])('fails for %j', async (name, code) => {
    await expect(manager().uninstall(name)).rejects.toMatchObject({ code });
  });

  it('rejects a symbolic link', async () => {
    const outside = await temporaryDirectory();
    await symlink(outside, join(directory, 'acme'));
    await expect(manager().uninstall('acme')).rejects.toMatchObject(refused);
    expect(await readdir(directory)).toEqual(['acme']);
  });
});

describe('createPluginManager', () => {
  it.each([0, -1, Number.NaN, 2 ** 31])('rejects the timeout %d', (timeout) => {
    expect(() => createPluginManager({ timeout })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });

  it.each([{ timeout: '7' }, { directory: 7 }, { directory: '' }])('rejects %j', (options) => {
    expect(() => createPluginManager(options as object)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });

  it("looks in notation's own directory by default", async () => {
    const { NOTATION_LIBEXEC, NOTATION_CONFIG } = process.env;
    try {
      process.env.NOTATION_CONFIG = join(directory, 'config');
      delete process.env.NOTATION_LIBEXEC;
      expect(notationPluginDirectory()).toBe(join(directory, 'config', 'plugins'));
      process.env.NOTATION_LIBEXEC = join(directory, 'libexec');
      expect(notationPluginDirectory()).toBe(join(directory, 'libexec', 'plugins'));
      await putPlugin(join(directory, 'libexec', 'plugins'), 'acme');
      expect(await createPluginManager().list()).toHaveLength(1);
    } finally {
      for (const [name, value] of Object.entries({ NOTATION_LIBEXEC, NOTATION_CONFIG })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
