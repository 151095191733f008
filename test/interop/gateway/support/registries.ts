import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDockerRegistry, startReferrersRegistry } from '../../support/registries.ts';
import { TokenServer } from '../../support/token-server.ts';
import type { Login } from './clients.ts';

/** The repositories of every registry. */
export const REPOSITORIES = ['team/signed', 'team/unsigned', 'team/index', 'team/single'] as const;

/** A registry behind the gateway. */
export interface UpstreamRegistry {
  host: string;
  /** Of the only user; `undefined` if the registry serves everybody. */
  login?: Login;
  stop(): Promise<void>;
}

/** The registries that the gateway is tested with, by how they are called in titles. */
export const UPSTREAMS = {
  'docker-registry with a token server': startPrivateRegistry,
  olareg: (): Promise<UpstreamRegistry> => startReferrersRegistry('olareg-registry'),
} as const;

/** docker-registry, which serves only a user who has a token; it has no referrers API. */
async function startPrivateRegistry(): Promise<UpstreamRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-tokens-'));
  const login = { username: 'robot', password: 'correct horse' };
  const allowed = Object.fromEntries(REPOSITORIES.map((name) => [name, 'pull,push']));
  const tokens = await TokenServer.start({ ...login, refreshToken: 'refresh-of-robot', allowed });
  const registry = await startDockerRegistry({
    auth: await tokens.configuration(join(directory, 'tokens.pem')),
  });
  return {
    host: registry.host,
    login,
    async stop() {
      await Promise.all([registry.stop(), tokens.stop()]);
      await rm(directory, { recursive: true });
    },
  };
}
