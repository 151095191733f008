// cspell:ignore pidfile
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { ClientHome, digestsIn, type PullClient, pullOf } from './clients.ts';
import { startContainerd } from './containerd.ts';
import { startDaemon } from './daemon.ts';

/** dockerd, which pulls from loopback over HTTP, and its command. */
export async function createDocker(): Promise<PullClient> {
  const home = await ClientHome.create('docker');
  const file = (name: string) => join(home.directory, name);
  const socket = `unix://${file('docker.sock')}`;
  const env = { HOME: home.directory };
  const docker = (...args: readonly string[]) => run('docker', ['--host', socket, ...args], env);
  await writeFile(file('daemon.json'), '{}');
  // One of its own would use directories of the machine.
  const containerd = await startContainerd(home.directory);
  const stop = await startDaemon(
    'dockerd',
    [
      ...[
        '--host',
        socket,
        '--pidfile',
        file('docker.pid'),
        '--data-root',
        file('data'),
        '--exec-root',
        file('exec'),
      ],
      ...['--config-file', file('daemon.json'), '--storage-driver', 'vfs', '--containerd', containerd.socket],
      // Only the network of containers would need these, and none is run.
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false'],
    ],
    home.directory,
    async () => (await docker('version')).code === 0,
  );
  return {
    name: 'docker pull',
    async pull(reference, { login, platform } = {}) {
      const config = await home.dockerConfig(reference, login);
      const platforms = platform === undefined ? [] : ['--platform', platform];
      const outcome = await docker('--config', config, 'pull', ...platforms, reference);
      return pullOf(outcome, async () => digestsIn(outcome.stdout));
    },
    async dispose() {
      await stop();
      await containerd.stop();
      await home.remove();
    },
  };
}
