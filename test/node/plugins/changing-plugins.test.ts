import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPluginManager } from '../../../src/node/index.ts';
import { getPluginMetadata } from '../../../src/plugin/index.ts';
import { bundle } from '../bundle.ts';
import { isRoot, mountAt, skipWithout } from '../machine.ts';
import { programOf, putPlugin, shell, temporaryDirectory, usePluginDirectory } from './support.ts';

const here = usePluginDirectory();
const OLD = new Date(Date.now() - 2 * 60 * 60 * 1000);

const offer = (version: string) => here.sourceOf(programOf('acme', version), 'notation-acme');
const isTemporary = (name: string) => name.startsWith('.notarykit-');
/** What notarykit has left next to the directory of plugins. */
const leftNextToPlugins = async () => (await readdir(dirname(here.directory))).filter(isTemporary);

async function versionOf(): Promise<string> {
  const plugin = await here.plugins.get('acme');
  if (!plugin) throw new Error('it is not there');
  return (await getPluginMetadata(plugin)).version;
}

describe('a plugin that is run while it is replaced', () => {
  it('is the old one or the new one', async () => {
    await here.plugins.install(await offer('1.0.0'));
    let done = false;
    const upgrades = (async () => {
      for (let patch = 1; patch <= 10; patch++) await here.plugins.install(await offer(`1.0.${patch}`));
    })().finally(() => {
      done = true;
    });
    const seen: string[] = [];
    while (!done) seen.push(await versionOf());
    await upgrades;
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.join()).toMatch(/^(1\.0\.\d+,?)+$/);
    expect(await versionOf()).toBe('1.0.10');
  });

  it('is found when another program copies it again', async () => {
    await putPlugin(here.directory, 'acme', programOf('acme'));
    const path = join(here.directory, 'acme', 'notation-acme');
    await rm(path);
    const copying = (async () => {
      await sleep(10);
      await writeFile(path, programOf('acme', '2.0.0'));
      await sleep(10);
      await chmod(path, 0o755);
    })();
    expect(await versionOf()).toBe('2.0.0');
    await copying;
  });
});

describe('a plugin that is replaced', () => {
  it('loses directories of others, and a directory in place of a file', async () => {
    await putPlugin(here.directory, 'acme', programOf('acme', '1.0.0'));
    await mkdir(join(here.directory, 'acme', 'docs', 'more'), { recursive: true });
    await here.plugins.install(await offer('2.0.0'));
    expect(await readdir(join(here.directory, 'acme'))).toEqual(['notation-acme']);
    await rm(join(here.directory, 'acme', 'notation-acme'));
    await mkdir(join(here.directory, 'acme', 'notation-acme', 'x'), { recursive: true });
    await here.plugins.install(await offer('3.0.0'), { overwrite: true });
    expect(await versionOf()).toBe('3.0.0');
  });
});

describe('a process that is killed', () => {
  let program: string;

  beforeEach(async () => {
    program = await bundle(join(import.meta.dirname, 'install-process.ts'), here.sources);
  });

  async function start(...args: string[]): Promise<ChildProcess> {
    const child = spawn(execPath, [program, here.directory, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout ?? child, 'data');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it('while it installs leaves nothing that looks like a plugin, and the next one removes what it left', async () => {
    const pid = join(here.sources, 'pid');
    const hanging = shell(`echo $$ > ${pid}; exec sleep 20`);
    const installing = await start(await here.sourceOf(hanging, 'notation-acme'));
    let hung = '';
    while (!hung.endsWith('\n')) {
      await sleep(10);
      hung = await readFile(pid, 'utf8').catch(() => '');
    }
    await kill(installing);
    process.kill(Number(hung), 'SIGKILL');
    await here.expectOnly();
    const [left = '', ...others] = await leftNextToPlugins();
    expect(others).toEqual([]);
    await here.plugins.install(await offer('1.0.0'));
    expect(await leftNextToPlugins()).toEqual([left]);
    await utimes(join(dirname(here.directory), left), OLD, OLD);
    await here.plugins.install(await offer('1.0.1'));
    expect(await leftNextToPlugins()).toEqual([]);
    await here.expectOnly('acme');
  });

  it('while it replaces a plugin leaves the old one or the new one', async () => {
    const sources = [
      await here.sourceOf(programOf('acme', '1.0.0'), 'notation-acme'),
      join(here.sources, 'other', 'notation-acme'),
    ];
    await mkdir(join(here.sources, 'other'));
    await writeFile(sources[1] ?? '', programOf('acme', '2.0.0'));
    await here.plugins.install(sources[0] ?? '');
    for (let times = 0; times < 5; times++) {
      const replacing = await start(...sources);
      await sleep(20 + 37 * times);
      await kill(replacing);
      expect(await versionOf()).toMatch(/^[12]\.0\.0$/);
    }
    expect(await here.plugins.list()).toMatchObject([{ name: 'acme', metadata: { name: 'acme' } }]);
  });
});

describe('the temporary directory of an installation', () => {
  it('is in the directory of plugins if that is another file system, and is removed', async (context) => {
    await mkdir(here.directory);
    mountAt(here.directory, context);
    const left = join(here.directory, '.notarykit-00000000-0000-4000-8000-000000000000');
    await mkdir(left);
    await utimes(left, OLD, OLD);
    await here.plugins.install(await offer('1.0.0'));
    await here.plugins.install(await offer('1.0.1'));
    await here.expectOnly('acme');
    expect(await leftNextToPlugins()).toEqual([]);
    await here.plugins.uninstall('acme');
    await here.expectOnly();
  });

  it('is in the directory of plugins if the one next to it cannot be made', async (context) => {
    skipWithout('root', isRoot(), context);
    const program = await bundle(join(import.meta.dirname, 'install-process.ts'), here.sources);
    const source = await offer('1.0.0');
    await mkdir(here.directory);
    await chown(here.directory, 65534, 65534);
    for (const path of [here.sources, dirname(here.directory)]) await chmod(path, 0o755);
    const child = spawn(execPath, [program, here.directory, source], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ...{ uid: 65534, gid: 65534 },
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await here.expectOnly('acme');
    expect(await versionOf()).toBe('1.0.0');
  });

  it('is next to the directory that a link leads to', async () => {
    const real = join(await temporaryDirectory(), 'plugins');
    await mkdir(real);
    await symlink(real, here.directory);
    await createPluginManager({ directory: here.directory }).install(await offer('1.0.0'));
    expect(await readdir(real)).toEqual(['acme']);
    expect([await readdir(dirname(real)), await leftNextToPlugins()]).toEqual([['plugins'], []]);
  });
});
