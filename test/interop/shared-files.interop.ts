import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner, listSignatures, sign } from '../../src/index.ts';
import { createFileTrustStore, createImageLayout, createPluginManager } from '../../src/node/index.ts';
import { pushImage } from '../support/artifact.ts';
import { bundleProgram } from './support/bundle.ts';
import { pluginDirectory, writePluginProgram } from './support/plugin-files.ts';
import { runWell } from './support/run.ts';
import { useSigningCli } from './support/signing-cli.ts';

const signing = useSigningCli();
const { key, succeed } = signing;
const PLUGIN = 'com.example.shared';
const SIGNATURES = 60;
const MAY_BE_LOST = 5;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-shared-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs work again and again until other work is done, once at least. Returns how often. */
async function whileRunning(
  other: Promise<unknown>,
  work: (time: number) => Promise<unknown>,
): Promise<number> {
  let done = false;
  const ended = other.finally(() => {
    done = true;
  });
  let times = 0;
  do await work(times++);
  while (!done);
  await ended;
  return times;
}

async function tagsOf(layout: string): Promise<string[]> {
  return (await runWell('oras', ['repo', 'tags', '--oci-layout', layout], { HOME: directory }))
    .trim()
    .split('\n');
}

describe('an image layout that oras tags', () => {
  it('is signed at the same time: no signature fails, and tags are kept', async () => {
    const layout = join(directory, 'layout');
    const registry = createImageLayout(layout);
    const { digest } = await pushImage(registry, 'layout.example.com/app');
    const reference = `layout.example.com/app@${digest}`;
    const signer = await createSigner(key);
    const signAll = async () => {
      for (let at = 0; at < SIGNATURES; at++) {
        await sign(reference, { signer, registry, userMetadata: { at: `${at}` } });
      }
    };
    const tagged = await whileRunning(signAll(), async (at) => {
      await runWell('oras', ['tag', '--oci-layout', `${layout}@${digest}`, `t${at}`], { HOME: directory });
      await sleep(50);
    });
    const tags = (await tagsOf(layout)).filter((tag) => /^t\d+$/.test(tag));
    expect(tags.length).toBeGreaterThanOrEqual(tagged - MAY_BE_LOST);
    // oras writes back what it read earlier: a signature stored in between is lost, and we cannot prevent that.
    const listed: string[] = [];
    for await (const { digest } of listSignatures(reference, { registry })) listed.push(digest);
    expect(listed.length).toBeGreaterThan(0);
  });
});

describe('a trust store that the CLI changes', () => {
  it('has the certificates that stay', async () => {
    const second = join(directory, 'second.crt');
    await writeFile(second, key.root);
    const { configDirectory } = signing.cli;
    const changing = (async () => {
      for (let times = 0; times < 15; times++) {
        await succeed('cert', 'add', '--type', 'ca', '--store', 'acme', second);
        await succeed('cert', 'delete', '--type', 'ca', '--store', 'acme', '--yes', 'second.crt');
      }
    })();
    const store = createFileTrustStore({ configDirectory });
    const counts = new Set<number>();
    await whileRunning(changing, async () => counts.add((await store.certificates('ca', 'acme')).length));
    expect(counts).toEqual(new Set([1, 2]));
  });
});

describe('a plugin that notarykit replaces', () => {
  const versions = ['1.0.0', '2.0.0'];
  let sources: string[];
  let program: string;

  beforeAll(async () => {
    sources = await Promise.all(
      versions.map(async (version) => {
        const place = join(directory, version);
        await mkdir(place);
        return writePluginProgram(place, {
          name: PLUGIN,
          version,
          capabilities: ['SIGNATURE_GENERATOR.RAW'],
        });
      }),
    );
    program = await bundleProgram('installer', directory);
  });

  async function start(): Promise<ChildProcess> {
    const child = spawn(execPath, [program, pluginDirectory(signing.cli), ...sources], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout ?? child, 'data');
    return child;
  }

  it('is listed by the CLI meanwhile, the old one or the new one, and nothing else', async () => {
    const plugins = createPluginManager({ directory: pluginDirectory(signing.cli) });
    const [source = ''] = sources;
    await plugins.install(source);
    const replacing = (async () => {
      for (let times = 0; times < 4; times++) {
        for (const one of sources) await plugins.install(one, { overwrite: true });
      }
    })();
    await whileRunning(replacing, async () => {
      const lines = (await succeed('plugin', 'ls')).trim().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toMatch(/^com\.example\.shared .* [12]\.0\.0 .*\[SIGNATURE_GENERATOR\.RAW\]\s+<nil>/);
    });
  });

  it('is listed by the CLI alone after the process was killed', async () => {
    for (let times = 0; times < 5; times++) {
      const installer = await start();
      await sleep(100 + 70 * times);
      installer.kill('SIGKILL');
      await once(installer, 'exit');
      const listed = await succeed('plugin', 'ls');
      expect(listed).toMatch(/com\.example\.shared .* [12]\.0\.0 /);
      expect(listed.trim().split('\n')).toHaveLength(2);
    }
  });
});
