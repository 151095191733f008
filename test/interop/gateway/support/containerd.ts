// cspell:ignore ttrpc
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { ClientHome, digestsIn, type PullClient, pullOf } from './clients.ts';
import { startDaemon } from './daemon.ts';

/** The plugins that would use directories of the machine. */
const UNUSED = [
  'io.containerd.cri.v1.images',
  'io.containerd.cri.v1.runtime',
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.nri.v1.nri',
];

/** containerd, which can be told of a mirror, and ctr. */
export interface Containerd extends PullClient {
  /**
   * Sends the requests for a registry to the URL of another host; each then has the query parameter `ns`.
   * @param fallback - Where they go next, if they fail there.
   */
  mirror(registry: string, url: string, fallback?: string): Promise<void>;
}

/** Starts containerd with all its files in a directory. */
export async function startContainerd(directory: string): Promise<{ socket: string; stop(): Promise<void> }> {
  const file = (name: string) => join(directory, name);
  const socket = file('containerd.sock');
  await writeFile(
    file('config.toml'),
    [
      'version = 3',
      `root = "${file('root')}"`,
      `state = "${file('state')}"`,
      `disabled_plugins = ${JSON.stringify(UNUSED)}`,
      `[grpc]\naddress = "${socket}"`,
      `[ttrpc]\naddress = "${file('ttrpc.sock')}"`,
    ].join('\n'),
  );
  const stop = await startDaemon('containerd', ['--config', file('config.toml')], directory, async () => {
    return (await run('ctr', ['--address', socket, 'version'])).code === 0;
  });
  return { socket, stop };
}

export async function createContainerd(): Promise<Containerd> {
  const home = await ClientHome.create('containerd');
  const { socket, stop } = await startContainerd(home.directory);
  const ctr = (...args: readonly string[]) =>
    run('ctr', ['--address', socket, ...args], { HOME: home.directory });
  const hosts = join(home.directory, 'hosts');
  const mirrored = new Set<string>();
  /** Says where the requests for a registry go. */
  async function route(registry: string, url: string, fallback?: string): Promise<void> {
    await mkdir(join(hosts, registry), { recursive: true });
    const how = 'capabilities = ["pull", "resolve"]\nskip_verify = true\n';
    const server = `server = "${fallback ?? url}"\n${how}`;
    const mirror = fallback === undefined ? '' : `[host."${url}"]\n${how}`;
    await writeFile(join(hosts, registry, 'hosts.toml'), `${server}${mirror}`);
  }
  return {
    name: 'ctr images pull',
    async mirror(registry, url, fallback) {
      mirrored.add(registry);
      await route(registry, url, fallback);
    },
    async pull(reference, { login, platform, https } = {}) {
      const [host = ''] = reference.split('/');
      if (!mirrored.has(host)) await route(host, `${https ? 'https' : 'http'}://${host}`);
      const user = login === undefined ? [] : ['--user', `${login.username}:${login.password}`];
      const platforms = platform === undefined ? [] : ['--platform', platform];
      const outcome = await ctr('images', 'pull', '--hosts-dir', hosts, ...user, ...platforms, reference);
      return pullOf(outcome, async () => {
        const { stdout } = await ctr('images', 'ls', `name==${reference}`);
        return digestsIn(stdout);
      });
    },
    async dispose() {
      await stop();
      await home.remove();
    },
  };
}
