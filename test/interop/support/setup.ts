import type { TestProject } from 'vitest/node';
import { type Chains, generateChains } from './chains.ts';
import { startDockerRegistry, startReferrersRegistry } from './registries.ts';
import { demandTools } from './tools.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Hosts of the running registries. */
    hosts: { tagRegistry: string; apiRegistry: string };
    chains: Chains;
  }
}

/** Starts the registries and generates the keys, once for all test files. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  demandTools();
  const [docker, referrers, chains] = await Promise.all([
    startDockerRegistry(),
    startReferrersRegistry(),
    generateChains(),
  ]);
  provide('hosts', { tagRegistry: docker.host, apiRegistry: referrers.host });
  provide('chains', chains);
  return async () => {
    await Promise.all([docker.stop(), referrers.stop()]);
  };
}
