import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type Registry } from '../../../src/index.ts';
import { createImageLayout } from '../../../src/node/index.ts';
import type { NotationCli } from './notation-cli.ts';
import { type Outcome, runWell } from './run.ts';

/** The three kinds of stores for artifacts and signatures. */
export const STORE_NAMES = [
  'a registry without the referrers API',
  'a registry with the referrers API',
  'an image layout',
] as const;

/** Further registries that the tests of registries run against. */
export const FURTHER_REGISTRIES = ['the registry of crane', 'olareg'] as const;

export type StoreName = (typeof STORE_NAMES)[number] | (typeof FURTHER_REGISTRIES)[number];

/** The hosts of the running registries. */
export interface Hosts {
  /** docker-registry, which does not know the referrers API. */
  tagRegistry: string;
  /** The registry of CUE Labs, which has the referrers API. */
  apiRegistry: string;
  /** The registry of crane, which does not have the referrers API. */
  craneRegistry: string;
  /** olareg, which has the referrers API. */
  olareg: string;
}

/** The registries by the names of their stores, and whether they know the referrers API. */
export function registryOf(
  name: Exclude<StoreName, 'an image layout'>,
  hosts: Hosts,
): { host: string; api: boolean } {
  const registries = {
    'a registry without the referrers API': { host: hosts.tagRegistry, api: false },
    'a registry with the referrers API': { host: hosts.apiRegistry, api: true },
    'the registry of crane': { host: hosts.craneRegistry, api: false },
    olareg: { host: hosts.olareg, api: true },
  };
  return registries[name];
}

/** An artifact in one of the stores, and how both sides reach it. */
export interface StoredArtifact {
  /** By digest. */
  reference: string;
  /** Registry and repository, as a registry scope names them. */
  scope: string;
  registry: Registry;
  /** The directory of an image layout. */
  layout?: string;
  sign(cli: NotationCli, key: string, ...flags: readonly string[]): Promise<Outcome>;
  verify(cli: NotationCli, ...flags: readonly string[]): Promise<Outcome>;
  /** `notation inspect --output json`; the CLI inspects registries only, so that a layout is copied to one first. */
  inspect(cli: NotationCli): Promise<Outcome>;
}

/** Pushes images into one of the stores. */
export interface Store {
  name: StoreName;
  /** Pushes an image of two layers, another one for each repository. */
  push(repository: string): Promise<StoredArtifact>;
  dispose(): Promise<void>;
}

const SHARED_LAYER = 'shared.txt';
const REGISTRY_FLAG = '--insecure-registry';

/** A store by its name. */
export async function createStore(name: StoreName, hosts: Hosts): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-store-'));
  await writeFile(join(directory, SHARED_LAYER), 'the same in every image');
  const dispose = () => rm(directory, { recursive: true, force: true });
  if (name === 'an image layout') {
    return { name, dispose, push: (repository) => pushToLayout(repository, directory, hosts.tagRegistry) };
  }
  const { host, api } = registryOf(name, hosts);
  return { name, dispose, push: (repository) => pushToRegistry(repository, directory, host, api) };
}

async function pushToRegistry(
  repository: string,
  directory: string,
  host: string,
  api: boolean,
): Promise<StoredArtifact> {
  const scope = `${host}/${repository}`;
  const digest = await orasPush(['--plain-http', `${scope}:v1`], repository, directory);
  const reference = `${scope}@${digest}`;
  const target = [REGISTRY_FLAG, reference];
  return {
    reference,
    scope,
    registry: createRegistry(),
    sign: (cli, key, ...flags) =>
      cli.run('sign', '--key', key, ...(api ? ['--force-referrers-tag=false'] : []), ...flags, ...target),
    verify: (cli, ...flags) => cli.run('verify', ...flags, ...target),
    inspect: (cli) => cli.run('inspect', '--output', 'json', ...target),
  };
}

async function pushToLayout(repository: string, directory: string, host: string): Promise<StoredArtifact> {
  const layout = join(directory, repository.replaceAll('/', '-'));
  const scope = `layout.example.com/${repository}`;
  const digest = await orasPush(['--oci-layout', `${layout}:v1`], repository, directory);
  const target = ['--oci-layout', `${layout}@${digest}`];
  const copy = `${host}/copied/${repository}`;
  return {
    reference: `${scope}@${digest}`,
    scope,
    registry: createImageLayout(layout),
    layout,
    sign: (cli, key, ...flags) => cli.run('sign', '--key', key, ...flags, ...target),
    verify: (cli, ...flags) => cli.run('verify', '--scope', scope, ...flags, ...target),
    async inspect(cli) {
      await runWell(
        'oras',
        [
          ...['copy', '--recursive', '--no-tty', '--from-oci-layout', '--to-plain-http'],
          ...[`${layout}@${digest}`, `${copy}:v1`],
        ],
        { HOME: directory },
      );
      return cli.run('inspect', '--output', 'json', REGISTRY_FLAG, `${copy}@${digest}`);
    },
  };
}

/** Pushes an image of two layers with oras: the first one the same for all, the second one its own. */
async function orasPush(target: readonly string[], repository: string, directory: string): Promise<string> {
  const name = createHash('sha256').update(repository).digest('hex').slice(0, 16);
  const [shared, own] = [join(directory, SHARED_LAYER), join(directory, `${name}.txt`)];
  await writeFile(own, repository);
  const flags = ['--disable-path-validation', '--no-tty', '--format', 'json'];
  const printed = await runWell('oras', ['push', ...flags, ...target, shared, own], { HOME: directory });
  const { digest } = JSON.parse(printed) as { digest: string };
  return digest;
}
