// cspell:ignore runroot
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { ClientHome, digestsIn, type PullClient, pullOf } from './clients.ts';

/** podman with a storage of its own for each pull, which can be told of a mirror. */
export interface Podman extends PullClient {
  /**
   * Sends the requests for a registry to other hosts.
   * @param mirrors - Tried in turn before the location.
   */
  mirror(registry: string, location: string, mirrors: readonly string[]): Promise<void>;
}

export async function createPodman(): Promise<Podman> {
  const home = await ClientHome.create('podman');
  const policy = join(home.directory, 'policy.json');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const registries = join(home.directory, 'registries.conf');
  await writeFile(registries, 'unqualified-search-registries = []\n');
  const env = {
    HOME: home.directory,
    TMPDIR: home.directory,
    XDG_RUNTIME_DIR: home.directory,
    CONTAINERS_REGISTRIES_CONF: registries,
  };
  return {
    name: 'podman pull',
    async mirror(registry, location, mirrors) {
      const insecure = (host: string) => `location = "${host}"\ninsecure = true\n`;
      const tables = mirrors.map((host) => `[[registry.mirror]]\n${insecure(host)}`).join('');
      await writeFile(registries, `[[registry]]\nprefix = "${registry}"\n${insecure(location)}${tables}`);
    },
    async pull(reference, { login, platform } = {}) {
      const storage = await home.fresh();
      const global = [
        ...[
          '--root',
          join(storage, 'root'),
          '--runroot',
          join(storage, 'run'),
          '--tmpdir',
          join(storage, 'tmp'),
        ],
        ...['--storage-driver', 'vfs'],
      ];
      const authentication = join(await home.dockerConfig(reference, login), 'config.json');
      const flags = ['--signature-policy', policy, '--tls-verify=false', '--authfile', authentication];
      const platforms = platform === undefined ? [] : ['--platform', platform];
      const outcome = await run('podman', [...global, 'pull', ...flags, ...platforms, reference], env);
      return pullOf(outcome, async () => {
        const args = [...global, 'image', 'inspect', '--format', '{{.RepoDigests}}', outcome.stdout.trim()];
        return digestsIn((await run('podman', args, env)).stdout);
      });
    },
    dispose: () => home.remove(),
  };
}
