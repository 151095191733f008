// cspell:ignore ocidir
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import type { Tool } from '../../support/tools.ts';
import { ClientHome, digestsIn, type PullClient, type PullOptions, pullOf } from './clients.ts';

/** How a program copies an image into an image layout. */
interface Copying {
  tool: Tool;
  /** The arguments, with the directory of the layout and that of `config.json`. */
  args(reference: string, layout: string, config: string, options: PullOptions): Promise<string[]> | string[];
}

const platformFlag = (platform: string | undefined) =>
  platform === undefined ? [] : ['--platform', platform];

const hostOf = (reference: string) => reference.slice(0, reference.indexOf('/'));

const COPYING = {
  'crane pull': {
    tool: 'crane',
    args: (reference, layout, _, { platform }) => [
      ...['pull', '--insecure', '--format', 'oci', ...platformFlag(platform)],
      ...[reference, layout],
    ],
  },
  'oras cp -r': {
    tool: 'oras',
    args: (reference, layout, config, { platform, https }) => [
      ...['cp', '-r', '--no-tty', https ? '--from-insecure' : '--from-plain-http'],
      ...['--from-registry-config', join(config, 'config.json')],
      ...[...platformFlag(platform), reference, '--to-oci-layout', `${layout}:pulled`],
    ],
  },
  'skopeo copy': {
    tool: 'skopeo',
    args: (reference, layout, config, { platform }) => {
      const [os, architecture] = platform?.split('/') ?? [];
      const flags = os && architecture ? ['--override-os', os, '--override-arch', architecture] : [];
      return [
        ...['--insecure-policy', ...flags, 'copy', '--src-tls-verify=false'],
        ...['--src-authfile', join(config, 'config.json'), `docker://${reference}`, `oci:${layout}:pulled`],
      ];
    },
  },
  'regctl image copy': {
    tool: 'regctl',
    args: (reference, layout, _, { platform, https }) => [
      ...['image', 'copy', '--host', `reg=${hostOf(reference)},tls=${https ? 'insecure' : 'disabled'}`],
      ...[...platformFlag(platform), reference, `ocidir://${layout}:pulled`],
    ],
  },
} satisfies Record<string, Copying>;

export type CopyingName = keyof typeof COPYING;

/** A client that has no daemon and copies into an image layout. */
export async function createCopyingClient(name: CopyingName): Promise<PullClient> {
  const { tool, args }: Copying = COPYING[name];
  const home = await ClientHome.create(tool);
  return {
    name,
    async pull(reference, options = {}) {
      const config = await home.dockerConfig(reference, options.login);
      const layout = join(await home.fresh(), 'layout');
      const env = { HOME: home.directory, TMPDIR: home.directory, DOCKER_CONFIG: config };
      const outcome = await run(tool, await args(reference, layout, config, options), env);
      return pullOf(outcome, async () => digestsIn(await readFile(join(layout, 'index.json'), 'utf8')));
    },
    dispose: () => home.remove(),
  };
}
