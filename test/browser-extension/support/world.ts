import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Settings } from '../../../examples/browser-extension/src/settings.ts';
import { json, type RegistryServer, startRegistry } from '../../support/registry-server.ts';
import { type Acme, createAcme, type ImageKind, policyFor } from './acme.ts';
import { dockerHubTags, githubPackage, harborArtifacts, pageWithLinks, quayTags } from './site-pages.ts';
import { either, forwardTo, pages, type Site, Web } from './web.ts';

/** The tags of each published repository, by how the image under it is signed. */
export const TAGS = {
  signed: '1.5',
  expired: '1.4',
  unsigned: '1.3',
  stranger: '1.2',
  revocable: '1.1',
  revoked: '1.0',
} as const satisfies Record<ImageKind, string>;

export const ALL_TAGS: readonly string[] = Object.values(TAGS);

/** The addresses of the pages that name the images of acme. */
export const PAGES = {
  dockerHub: 'https://hub.docker.com/r/acme/app/tags',
  githubPackages: 'https://github.com/acme/app/pkgs/container/app',
  quay: 'https://quay.io/repository/acme/app?tab=tags',
  harbor: 'https://harbor.acme.example/harbor/projects/1/repositories/app/artifacts-tab',
  custom: 'https://docs.acme.example/images',
} as const;

/** The repositories that these pages name. */
export const REPOSITORIES = {
  dockerHub: 'docker.io/acme/app',
  githubPackages: 'ghcr.io/acme/app',
  quay: 'quay.io/acme/app',
  harbor: 'harbor.acme.example/web/app',
} as const;

/** The settings of a user who trusts acme, and has enabled the extension on all these pages. */
export function acmeSettings({ acme }: World): Settings {
  return {
    trustPolicy: JSON.stringify(policyFor(...Object.values(REPOSITORIES)), null, 2),
    trustStores: { 'ca:acme': acme.roots.map((pem, index) => ({ file: `root-${index + 1}.pem`, pem })) },
    registries: [],
    pages: [
      { pattern: 'https://hub.docker.com/*', kind: 'docker-hub' },
      { pattern: 'https://github.com/*', kind: 'github-packages' },
      { pattern: 'https://quay.io/*', kind: 'quay' },
      { pattern: 'https://harbor.acme.example/*', kind: 'harbor' },
      { pattern: 'https://docs.acme.example/*', kind: 'links' },
    ],
  };
}

/** Sites, registries and images, as the browsers see them through the proxy. */
export interface World {
  web: Web;
  acme: Acme;
  /** By the hosts of the registries, where their requests are counted. */
  registries: Readonly<
    Record<'registry-1.docker.io' | 'ghcr.io' | 'quay.io' | 'harbor.acme.example', RegistryServer>
  >;
  /** Digests by tag. */
  digests: Readonly<Record<'quay' | 'harbor', Readonly<Record<string, string>>>>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const [web, acme, hub, ghcr, quay, harbor] = await Promise.all([
    Web.start(),
    createAcme(),
    startRegistry({ referrersApi: false }),
    startRegistry({ referrersApi: false }),
    startRegistry(),
    startRegistry(),
  ]);
  const [onHub, , onQuay, onHarbor] = await Promise.all([
    publishAll(acme, hub, 'acme/app'),
    publishAll(acme, ghcr, 'acme/app'),
    publishAll(acme, quay, 'acme/app'),
    publishAll(acme, harbor, 'web/app'),
  ]);
  withTokens(hub, 'https://auth.docker.io/token');
  withTokens(ghcr, 'https://ghcr.io/token');
  redirectBlobs(quay, 'https://cdn.quay.io');

  const list = (digests: Record<string, string>) =>
    Object.entries(digests).map(([tag, digest]) => ({ tag, digest }));
  web.serve('hub.docker.com', pages({ '/r/acme/app/tags': dockerHubTags('acme/app', list(onHub)) }));
  web.serve('registry-1.docker.io', forwardTo(hub.host));
  web.serve('auth.docker.io', tokens(hub));
  web.serve(
    'github.com',
    pages({ '/acme/app/pkgs/container/app': githubPackage('acme', 'app', 'app', ALL_TAGS) }),
  );
  web.serve('ghcr.io', either('/token', tokens(ghcr), forwardTo(ghcr.host)));
  web.serve(
    'quay.io',
    either('/v2/', forwardTo(quay.host), pages({ '/repository/acme/app': quayTags('acme/app', ALL_TAGS) })),
  );
  web.serve('cdn.quay.io', storage(quay));
  const artifacts = harborArtifacts('web', 'app', list(onHarbor));
  web.serve(
    'harbor.acme.example',
    either('/v2/', forwardTo(harbor.host), pages({ [new URL(PAGES.harbor).pathname]: artifacts })),
  );
  const links = ALL_TAGS.map((tag) => `https://quay.io/repository/acme/app?tab=tags&tag=${tag}`);
  web.serve('docs.acme.example', pages({ '/images': pageWithLinks('Images of acme', links) }));
  web.serve('ocsp.acme.example', fetched(acme.ocsp, 'http://ocsp.acme.example'));

  return {
    web,
    acme,
    registries: {
      'registry-1.docker.io': hub,
      'ghcr.io': ghcr,
      'quay.io': quay,
      'harbor.acme.example': harbor,
    },
    digests: { quay: onQuay, harbor: onHarbor },
    async stop() {
      await web.stop();
      await Promise.all([hub, ghcr, quay, harbor].map((registry) => registry.close()));
    },
  };
}

/** Publishes an image for each kind; returns the digests by tag. */
async function publishAll(
  acme: Acme,
  { host }: RegistryServer,
  repository: string,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [kind, tag] of Object.entries(TAGS)) {
    digests[tag] = (await acme.publish(host, repository, tag, kind as ImageKind)).digest;
  }
  return digests;
}

/** From now on the registry wants a token, which its token server gives to anybody. */
function withTokens({ switches }: RegistryServer, realm: string): void {
  // Nobody knows this password: only anonymous tokens are taken.
  switches.accounts = { scheme: 'bearer', username: 'nobody', password: randomUUID(), realm };
}

/** A token server that gives anonymous tokens. */
function tokens(registry: RegistryServer): Site {
  return ({ url = '' }, response) => {
    const token = randomUUID();
    registry.tokens.set(token, new URL(url, 'https://tokens').searchParams.getAll('scope'));
    json(response, 200, { token });
  };
}

/** Sends those who want blobs to storage, as Quay and Docker Hub do. */
function redirectBlobs({ switches }: RegistryServer, origin: string): void {
  switches.intercept = ({ method, path }, response) => {
    if (method !== 'GET' || !path.includes('/blobs/')) return false;
    response.writeHead(307, { location: origin + path }).end();
    return true;
  };
}

/** The storage that a registry sends to: its blobs, without authentication. */
function storage(registry: RegistryServer): Site {
  return ({ url = '' }, response) => {
    const [, name = '', digest = ''] = /^\/v2\/(.+)\/blobs\/([^?]+)/.exec(url) ?? [];
    const blob = registry.repository(name).blobs.get(digest);
    if (blob) response.writeHead(200, { 'content-length': blob.length }).end(blob);
    else response.writeHead(404).end();
  };
}

/** A site that a function like `fetch` answers for. */
function fetched(answer: typeof globalThis.fetch, origin: string): Site {
  return (message: IncomingMessage, response: ServerResponse) => {
    respond(answer, origin, message, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  };
}

async function respond(
  answer: typeof globalThis.fetch,
  origin: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/' } = message;
  const type = message.headers['content-type'];
  const answered = await answer(origin + url, {
    method,
    ...(method === 'POST' && { body: Buffer.concat(chunks) }),
    ...(type && { headers: { 'content-type': type } }),
  });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}
