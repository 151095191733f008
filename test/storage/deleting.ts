import type { ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import {
  createRegistry,
  createSigner,
  listSignatures,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';
import { type RegistryServer, type Switches, startRegistry } from '../support/registry-server.ts';

export const signer: Signer = await createSigner(
  await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }),
);

/** A registry that deletes manifests, as the others of the tests do not. */
export async function deletingRegistry(switches: Partial<Switches>): Promise<RegistryServer> {
  const server = await startRegistry({
    intercept(request, response) {
      const [, name = '', digest = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(request.path) ?? [];
      if (request.method !== 'DELETE') return false;
      const status = server.repository(name).manifests.delete(digest) ? 202 : 404;
      response.writeHead(status).end();
      return true;
    },
    ...switches,
  });
  onTestFinished(() => server.close());
  return server;
}

/** A registry without the referrers API, and an image in it with one signature. */
export async function signedWithoutApi() {
  const server = await deletingRegistry({ referrersApi: false });
  const registry = createRegistry();
  const { reference } = await pushImage(registry, `${server.host}/team/app`);
  const { signature } = await sign(reference, { signer, registry });
  return { server, registry, reference, signature };
}

/** Answers the first request to delete instead of the registry; gives how many there were. */
export function atFirstDeletion(
  { switches }: RegistryServer,
  respond: (response: ServerResponse) => unknown,
): () => number {
  const { intercept } = switches;
  let deletions = 0;
  switches.intercept = (request, response) => {
    if (request.method !== 'DELETE' || ++deletions > 1) return intercept?.(request, response) ?? false;
    respond(response);
    return true;
  };
  return () => deletions;
}

/** The signatures that are listed. */
export async function digestsOf(registry: Registry, reference: string): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of listSignatures(reference, { registry })) digests.push(digest);
  return digests;
}
