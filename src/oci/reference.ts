import { isDigest } from '../encoding/digest.ts';
import { canonicalHost, DOCKER_HUB } from '../encoding/registry-host.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

/** The parts of a reference to an artifact. */
export interface Reference {
  /** Host and optional port, such as `registry.example.com:5000`; `docker.io` for Docker Hub. Any spelling is accepted. */
  registry: string;
  /** The name below the registry, such as `library/alpine`. */
  repository: string;
  /** Such as `v1`; up to 128 characters. */
  tag?: string | undefined;
  /** Such as `sha256:9f86…`. */
  digest?: string | undefined;
}

const MAX_REFERENCE = 4096;
const MAX_REGISTRY = 260;
const MAX_REPOSITORY = 255;

const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
/** The form of a tag. */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Options of {@link parseReference}. */
export interface ParseReferenceOptions {
  /**
   * The tag of a reference that has neither a tag nor a digest, such as `latest`. None by default: operations reject
   * such a reference.
   */
  defaultTag?: string | undefined;
}

/**
 * Parses a reference by the grammar of the OCI distribution specification and the short names of Docker: `alpine` is
 * `docker.io/library/alpine`, `org/app` is `docker.io/org/app`. The part before the first slash is a registry if it
 * has a dot or a colon, is `localhost` or an IPv6 address in brackets.
 *
 * @param text - Such as `registry.example.com:5000/team/app:v1` or `[::1]:5000/app@sha256:9f86…`. With a tag and a
 * digest, the digest decides, and `verify` and `sign` warn if the tag names something else. Operations reject a reference
 * with neither, unless there is a `defaultTag`.
 * @param options - `defaultTag`: the tag of a reference without tag and digest; none by default.
 * @returns The parts. The registry is spelled as it was given, except Docker Hub, which is `docker.io` under each of
 * its names.
 * @throws NotationError `ERR_REFERENCE_INVALID`, saying what is wrong; `ERR_ARGUMENT_INVALID` for anything but a string,
 * or a `defaultTag` that is not a tag
 *
 * @example
 * ```ts
 * import { parseReference } from 'notarykit/oci';
 *
 * const { registry, repository, tag } = parseReference('localhost:5000/team/app:v1');
 * console.log(registry, repository, tag); // localhost:5000 team/app v1
 * console.log(parseReference('alpine', { defaultTag: 'latest' }).tag); // latest
 * ```
 *
 * @see OCI distribution specification 1.1, "Pulling manifests"
 */
export function parseReference(text: string, { defaultTag }: ParseReferenceOptions = {}): Reference {
  checkDefaultTag(defaultTag);
  if (typeof text !== 'string') throw argumentInvalid('the reference must be a string');
  if (text.length > MAX_REFERENCE) {
    throw referenceInvalid(text, `it is longer than ${MAX_REFERENCE} characters`);
  }
  if (text.includes('://')) {
    throw referenceInvalid(text, 'it is a URL; leave out what comes before the host');
  }
  const [name, digest] = cut(text, text.indexOf('@'));
  if (digest?.includes('/')) {
    throw referenceInvalid(text, 'it has a user before the registry; give credentials to the registry');
  }
  const colon = name.lastIndexOf(':');
  const [path, tag] = cut(name, colon > name.lastIndexOf('/') ? colon : -1);
  const { registry, repository } = repositoryOf(path);
  const reference: Reference = {
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
  checkReference(reference, text);
  return withDefaultTag(reference, defaultTag);
}

/** Returns a reference with the default tag, if there is one and the reference has neither a tag nor a digest. */
export function withDefaultTag(reference: Reference, defaultTag: string | undefined): Reference {
  const isComplete = reference.tag !== undefined || reference.digest !== undefined;
  return isComplete || defaultTag === undefined ? reference : { ...reference, tag: defaultTag };
}

/**
 * Checks the option `defaultTag`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkDefaultTag(defaultTag: unknown): void {
  if (defaultTag === undefined || (typeof defaultTag === 'string' && TAG.test(defaultTag))) return;
  throw argumentInvalid('defaultTag must be a tag such as "latest"');
}

/**
 * Checks every part of a reference, however the reference was made.
 * @param text - How the error names it; the text of the parts by default.
 * @throws NotationError `ERR_REFERENCE_INVALID`, saying what is wrong.
 */
export function checkReference(reference: Reference, text = formatReference(reference)): void {
  const { registry, repository, tag, digest } = reference;
  const problem =
    registryProblem(registry) ??
    repositoryProblem(repository) ??
    (tag !== undefined && !TAG.test(tag) ? `the tag ${quote(tag)} is malformed` : undefined) ??
    (digest !== undefined && !isDigest(digest) ? `the digest ${quote(digest)} is malformed` : undefined);
  if (!problem) return;
  throw referenceInvalid(
    text,
    problem,
    isDigest(tag ?? '') ? 'Give a digest as `digest`, not as `tag`.' : undefined,
  );
}

/**
 * Writes a reference with its registry, as {@link parseReference} reads it back.
 *
 * @param reference - The parts; they are not checked.
 * @returns Such as `docker.io/library/alpine:v1@sha256:9f86…`.
 *
 * @example
 * ```ts
 * import { formatReference, parseReference } from 'notarykit/oci';
 *
 * console.log(formatReference(parseReference('alpine:3.20'))); // docker.io/library/alpine:3.20
 * ```
 *
 * @see OCI distribution specification 1.1, "Pulling manifests"
 */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const name = `${registry}/${repository}`;
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Returns a reference as a string: as it was given, or written from its parts. */
export function referenceText(reference: string | Reference): string {
  return typeof reference === 'string' ? reference : formatReference(reference);
}

/** Returns the fully qualified name of the repository, such as `registry.example.com/team/app`. */
export function repositoryName({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

/**
 * Checks that a string is the host of a registry, with an optional port.
 * @throws NotationError `ERR_REFERENCE_INVALID`
 */
export function checkRegistryHost(registry: string): void {
  const problem =
    typeof registry === 'string' ? registryProblem(registry) : `${quote(registry)} is not a host`;
  if (problem) throw new NotationError('ERR_REFERENCE_INVALID', problem);
}

function repositoryOf(path: string): Pick<Reference, 'registry' | 'repository'> {
  const [first, rest] = cut(path, path.indexOf('/'));
  if (rest === undefined) return { registry: DOCKER_HUB, repository: `library/${path}` };
  if (!isRegistry(first)) return { registry: DOCKER_HUB, repository: path };
  if (canonicalHost(first) !== DOCKER_HUB) return { registry: first, repository: rest };
  return { registry: DOCKER_HUB, repository: rest.includes('/') ? rest : `library/${rest}` };
}

function isRegistry(component: string): boolean {
  return /[.:]/.test(component) || component === 'localhost' || component.startsWith('[');
}

function registryProblem(registry: string): string | undefined {
  if (registry.length > MAX_REGISTRY) return `the registry is longer than ${MAX_REGISTRY} characters`;
  return canonicalHost(registry) === undefined ? `the registry ${quote(registry)} is malformed` : undefined;
}

/** Reports whether a string is the name of a repository, without its registry. */
export function isRepository(text: string): boolean {
  return repositoryProblem(text) === undefined;
}

function repositoryProblem(repository: string): string | undefined {
  if (repository.length > MAX_REPOSITORY) return `the repository is longer than ${MAX_REPOSITORY} characters`;
  if (/[A-Z]/.test(repository)) return `the repository ${quote(repository)} has upper-case letters`;
  if (repository.split('/').every((component) => PATH_COMPONENT.test(component))) return undefined;
  return `the repository ${quote(repository)} is malformed`;
}

/** Splits a string around the character at an index; nothing comes after if the index is -1. */
function cut(text: string, index: number): [string, string | undefined] {
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

/** Makes the error of a reference that cannot be used. */
export function referenceInvalid(text: string, reason: string, nextStep?: string): NotationError {
  return new NotationError(
    'ERR_REFERENCE_INVALID',
    `the reference ${quote(withoutUser(text))} is invalid: ${reason}`,
    { nextStep },
  );
}

/** Hides the part before a registry, which may be a password. */
function withoutUser(text: string): string {
  const at = text.lastIndexOf('@', text.lastIndexOf('/'));
  return at > 0 ? `…${text.slice(at)}` : text;
}
