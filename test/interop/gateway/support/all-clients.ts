import type { PullClient } from './clients.ts';
import { createContainerd } from './containerd.ts';
import { createCopyingClient } from './copying-clients.ts';
import { createDocker } from './docker.ts';
import { createPodman } from './podman.ts';

/** Every client, by what a person types, and how it is made ready. */
export const CLIENTS = {
  'crane pull': () => createCopyingClient('crane pull'),
  'oras cp -r': () => createCopyingClient('oras cp -r'),
  'skopeo copy': () => createCopyingClient('skopeo copy'),
  'regctl image copy': () => createCopyingClient('regctl image copy'),
  'podman pull': createPodman,
  'docker pull': createDocker,
  'ctr images pull': createContainerd,
} satisfies Record<string, () => Promise<PullClient>>;
