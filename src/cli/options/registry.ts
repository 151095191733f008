import type { Descriptor } from '../../encoding/descriptor.ts';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import type { NotationConfigOptions } from '../../node/notation-config.ts';
import { formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { Credential } from '../../oci/registry/credentials.ts';
import type { RegistryOptions } from '../../oci/registry/registry.ts';
import type { Registry } from '../../oci/repository.ts';
import type { Flags, Values } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { readSecretFrom } from './files.ts';

/** Flags of commands that use a registry. */
export const REGISTRY_FLAGS = {
  username: {
    kind: 'text',
    short: 'u',
    value: 'name',
    summary: 'the user name at the registry; $NOTATION_USERNAME by default',
  },
  password: {
    kind: 'text',
    short: 'p',
    value: 'password',
    summary: 'the password, which other users of the machine can see here: better in $NOTATION_PASSWORD',
  },
  'password-stdin': { kind: 'switch', summary: 'read the password from standard input' },
  'insecure-registry': { kind: 'switch', summary: 'reach the registry over plain HTTP; for tests only' },
} as const satisfies Flags;

/** A flag of commands that use a registry or an image layout. */
export const LAYOUT_FLAGS = {
  'oci-layout': {
    kind: 'switch',
    summary: 'the argument is the directory of an OCI image layout, with a tag or digest: directory:v1',
  },
} as const satisfies Flags;

type RegistryValues = Values<typeof REGISTRY_FLAGS>;

/** An artifact in a registry or in an image layout. */
export interface Target {
  reference: Reference;
  /** How to write what it is in: `registry.example.com/app`, or the path of the layout. */
  place: string;
  registry: Registry;
}

/** Finds the options of registries that the command line and the environment give. */
export async function registryOptions(
  values: RegistryValues,
  references: readonly Reference[],
  { env, stdin, warn }: Terminal,
): Promise<RegistryOptions> {
  const { username, password, 'password-stdin': fromStdin, 'insecure-registry': isInsecure } = values;
  const hosts = [...new Set(references.map(({ registry }) => registry))];
  if (password !== undefined) {
    if (fromStdin) throw argumentInvalid('--password and --password-stdin exclude each other');
    warn('other users of this machine can see --password: use --password-stdin or NOTATION_PASSWORD');
  }
  const secret = fromStdin ? await readSecretFrom(stdin, 'password') : (password ?? env.NOTATION_PASSWORD);
  const credential = credentialOf(username ?? env.NOTATION_USERNAME, secret);
  if (credential && hosts.length > 1) {
    throw argumentInvalid(
      `one password cannot be for ${hosts.length} registries: sign in to each with docker login`,
    );
  }
  return {
    ...(credential && { credentials: Object.fromEntries(hosts.map((host) => [host, credential])) }),
    ...(isInsecure && { plainHttp: hosts }),
  };
}

/** A password alone is an identity token, as in notation. */
function credentialOf(username = '', password = ''): Credential | undefined {
  if (username === '' && password === '') return undefined;
  if (username === '') return { identityToken: password };
  if (password !== '') return { username, password };
  throw argumentInvalid('there is a user name but no password: use --password-stdin or NOTATION_PASSWORD');
}

/** Reads a reference to an artifact. It must have a tag or a digest. */
export function readTarget(text: string): Reference {
  const reference = parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  throw new NotationError(
    'ERR_REFERENCE_INVALID',
    `the reference ${quote(text)} has neither a tag nor a digest`,
    {
      nextStep: 'Add a digest such as @sha256:…, or a tag such as :v1.',
    },
  );
}

/** A name for the content of an image layout, where no registry scope is needed. */
const LAYOUT_NAME = 'localhost/layout';

/**
 * Reads `directory:tag` or `directory@digest`, as notation does.
 * @param scope - The name of the repository for the registry scopes of trust policies.
 */
export function readLayoutTarget(text: string, scope = LAYOUT_NAME): { path: string; reference: Reference } {
  const at = text.includes('@') ? text.lastIndexOf('@') : text.lastIndexOf(':');
  const path = text.slice(0, Math.max(at, 0));
  if (path === '' || at === text.length - 1) {
    throw new NotationError(
      'ERR_REFERENCE_INVALID',
      `${quote(text)} is not a directory with a tag or digest`,
      {
        nextStep: 'Write the directory of the image layout, then :tag or @digest.',
      },
    );
  }
  return { path, reference: readTarget(`${scope}${text.slice(at)}`) };
}

/** Opens the registry or the image layout that the argument of a command names, with the configuration of notation. */
export async function openTarget(
  text: string,
  values: RegistryValues & Values<typeof LAYOUT_FLAGS>,
  terminal: Terminal,
): Promise<Target> {
  if (values['oci-layout']) {
    const { path, reference } = readLayoutTarget(text);
    const { createImageLayout } = await import('../../node/layout/image-layout.ts');
    return { reference, place: path, registry: createImageLayout(path) };
  }
  const reference = readTarget(text);
  const { registry } = await openConfig({ registry: await registryOptions(values, [reference], terminal) });
  return { reference, place: placeOf(reference), registry };
}

/** Reads the configuration of notation, of which the trust policy need not be valid. */
export async function openConfig(options: NotationConfigOptions) {
  const { fromNotationConfig } = await import('../../node/notation-config.ts');
  return fromNotationConfig(options);
}

/** The name of the repository as it was written. */
export function placeOf({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

/** Finds the artifact itself. For a tag, warns that it may name another artifact later. */
export async function resolveTarget(
  { reference, registry }: Target,
  verb: string,
  { warn, signal }: Terminal,
): Promise<Descriptor> {
  const { digest, tag } = reference;
  if (digest === undefined && tag !== undefined) warn(tagWarning(verb, tag));
  return registry.repository(reference).resolve(digest ?? tag ?? formatReference(reference), { signal });
}

/** The warning about a tag. */
export function tagWarning(verb: string, tag: string): string {
  return `the tag ${quote(tag)} may name another artifact later: ${verb} the artifact by its digest (@sha256:…)`;
}
