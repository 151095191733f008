import type { TestProject } from 'vitest/node';
import { clearRows, publishRows } from '../makers/table.ts';
import { type Chains, generateChains } from './chains.ts';
import { startCraneRegistry, startDockerRegistry, startReferrersRegistry } from './registries.ts';
import type { Hosts } from './stores.ts';
import { requireTools } from './tools.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Hosts of the running registries. */
    hosts: Hosts;
    chains: Chains;
  }
}

/** Starts the registries and generates the keys, once for all test files. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  requireTools();
  await clearRows();
  const [docker, referrers, crane, olareg, chains] = await Promise.all([
    startDockerRegistry(),
    startReferrersRegistry('referrers-registry'),
    startCraneRegistry(),
    startReferrersRegistry('olareg-registry'),
    generateChains(),
  ]);
  provide('hosts', {
    tagRegistry: docker.host,
    apiRegistry: referrers.host,
    craneRegistry: crane.host,
    olareg: olareg.host,
  });
  provide('chains', chains);
  return async () => {
    await Promise.all([docker, referrers, crane, olareg].map((registry) => registry.stop()));
    await publishRows();
  };
}
