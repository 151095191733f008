// cspell:ignore runroot
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { ClientHome, digestsIn, type PullClient, pullOf } from './clients.ts';

/** podman with a storage of its own for each pull. */
export async function createPodman(): Promise<PullClient> {
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
