import { onTestFinished } from 'vitest';
import { createHttpTransport } from '../../src/node/http-transport.ts';
import {
  createRegistry,
  type Descriptor,
  parseReference,
  type RegistryOptions,
  type Repository,
} from '../../src/oci/index.ts';
import { type RegistryServer, type Switches, startRegistry } from '../support/registry-server.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
export const SIGNATURE = 'application/vnd.cncf.notary.signature';
export const EMPTY = 'application/vnd.oci.empty.v1+json';
export const NAME = 'team/app';

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function bytesOf(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

/** An image manifest; `note` makes it differ from others. */
export function image(note = ''): object {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 2 },
    layers: [],
    annotations: { note },
  };
}

/** A manifest in the current form of signatures. */
export function referrer(
  subject: Descriptor,
  note = '',
  artifactType: string | undefined = SIGNATURE,
): object {
  const { mediaType, digest, size } = subject;
  return {
    ...image(note),
    ...(artifactType && { artifactType }),
    config: { mediaType: EMPTY, digest: `sha256:${'0'.repeat(64)}`, size: 2 },
    subject: { mediaType, digest, size },
  };
}

/** A registry that ends with the test, and the repository `team/app` of it. */
export async function connect(
  switches: Partial<Switches> = {},
  options: RegistryOptions = {},
): Promise<{ server: RegistryServer; repository: Repository }> {
  const server = await start(switches);
  return { server, repository: open(server, options) };
}

export async function start(...args: Parameters<typeof startRegistry>): Promise<RegistryServer> {
  const server = await startRegistry(...args);
  onTestFinished(() => server.close());
  return server;
}

/** The transport that the tests run with; each test of a connection runs with both (vitest.config.ts). */
const transport = process.env.NOTARYKIT_TRANSPORT === 'node:http' ? createHttpTransport() : undefined;

/** The repository `team/app` of a server, over a connection of its own. */
export function open(server: RegistryServer, options: RegistryOptions = {}): Repository {
  const sending = options.fetch ? {} : { transport };
  const registry = createRegistry({ retries: 0, timeout: 5000, ...sending, ...options });
  return registry.repository(parseReference(`${server.host}/${NAME}:v1`));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The notes of the signatures of a manifest, in order. */
export async function notes(repository: Repository, subject: Descriptor): Promise<(string | undefined)[]> {
  const found = await collect(repository.referrers(subject, { artifactType: SIGNATURE }));
  return found.map(({ annotations }) => annotations?.note);
}

/** Returns the error of a promise; a promise that is fulfilled fails the test. */
export async function failure(work: Promise<unknown>): Promise<Error & { code?: string; cause?: unknown }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a rejection');
}

/** Everything that a log of an error could show. */
export function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = JSON.stringify({ ...error });
  return [error.message, error.stack, own, error.cause === undefined ? '' : everythingOf(error.cause)].join(
    '\n',
  );
}

/** The tag under which the referrers of a manifest are listed if the API is missing. */
export function fallbackTag({ digest }: { digest: string }): string {
  return digest.replace(':', '-');
}

/** The methods of the requests whose path has a part. */
export function requestMethods(server: RegistryServer, part: string): string[] {
  return server.requests.filter(({ path }) => path.includes(part)).map(({ method }) => method);
}
