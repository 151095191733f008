import { decodeUtf8 } from '../encoding/bytes.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { detectSyntax, detectYamlKind, type Syntax } from './detect-kind.ts';
import { type FileReferences, Findings, limitExceeded, type ReferenceFileKind } from './found.ts';
import { findInCompose } from './read-compose.ts';
import { findInDockerfile } from './read-dockerfile.ts';
import { findInKubernetes } from './read-kubernetes.ts';
import { findInList } from './read-list.ts';
import type { Lookup } from './variables.ts';
import { YamlFile } from './yaml-file.ts';

/** Options of {@link findReferences}. */
export interface FindReferencesOptions {
  /** The path of the file, for locations and errors; its name helps to detect the kind. `-` by default. */
  file?: string | undefined;
  /** The kind of the file; by default it is detected by the name and the content. */
  kind?: ReferenceFileKind | undefined;
  /** The values of variables in a compose file. The environment is not read. */
  variables?: Readonly<Record<string, string>> | undefined;
  /** The build arguments of a Dockerfile. */
  buildArgs?: Readonly<Record<string, string>> | undefined;
}

const SYNTAXES: Readonly<Record<ReferenceFileKind, Syntax>> = {
  kubernetes: 'yaml',
  compose: 'yaml',
  dockerfile: 'dockerfile',
  list: 'list',
};

/** The limit of bytes, or of UTF-16 code units, of a file. */
const MAX_SIZE = 8 * 2 ** 20;

/**
 * Finds the images that a file names: Kubernetes manifests (every kind with pods, lists, several documents, image volumes;
 * in objects of other kinds whatever has containers), compose files, Dockerfiles, and lists with one reference a line.
 *
 * Whatever needs an image of which the file does not tell the reference is in `unresolved`, and never left out: a variable
 * without a value, a service that is built, an image of an unknown kind of object. Stages of a Dockerfile and `scratch` are
 * no images. Each entry of `unresolved` has a `reference`, an `error` and a `location`, as the functions of
 * `notarykit/report` take them.
 *
 * @param content - The file, as a string or as UTF-8; 8 MiB at most.
 * @param options - The name of the file, its kind, and values of its variables.
 * @returns The references in the order of the file, each with its location, and what could not be resolved.
 * @throws NotationError `ERR_ENCODING_INVALID` if it is not UTF-8 or not YAML; `ERR_LIMIT_EXCEEDED` if it is too large, too deep,
 * has too many documents, aliases or images; `ERR_ARGUMENT_INVALID` if its kind cannot be detected, or an option is
 * invalid.
 *
 * @example
 * ```ts
 * import { findReferences } from 'notarykit/references';
 *
 * const pod = `
 * apiVersion: v1
 * kind: Pod
 * metadata: { name: web }
 * spec:
 *   containers:
 *     - name: app
 *       image: registry.example.com/team/app:v1
 * `;
 * const { references } = findReferences(pod, { file: 'pod.yaml' });
 * for (const { reference, location } of references) console.log(reference, location.line, location.column);
 * // registry.example.com/team/app:v1 8 14
 * ```
 */
export function findReferences(
  content: string | Uint8Array,
  { file = '-', kind, variables, buildArgs }: FindReferencesOptions = {},
): FileReferences {
  if (kind !== undefined && !Object.hasOwn(SYNTAXES, kind)) {
    throw argumentInvalid(`kind must be one of ${Object.keys(SYNTAXES).join(', ')}, not ${quote(kind)}`);
  }
  if (content.length > MAX_SIZE) throw limitExceeded(file, `is larger than ${MAX_SIZE} bytes`);
  const decoded = typeof content === 'string' ? content : decodeUtf8(content, `file ${quote(file)}`);
  const text = decoded.replace(/^\ufeff/, '');
  const findings = new Findings(file);
  const syntax = kind === undefined ? detectSyntax(file, text) : SYNTAXES[kind];
  const found = syntax === 'yaml' ? findInYaml() : syntax;
  if (found === undefined) throw kindUnknown(file);
  if (found === 'dockerfile') findInDockerfile(text, findings, lookup(buildArgs));
  if (found === 'list') findInList(text, findings);
  return { kind: found, references: findings.references, unresolved: findings.unresolved };

  function findInYaml(): 'kubernetes' | 'compose' | undefined {
    const yaml = new YamlFile(text, file);
    const yamlKind = kind === 'kubernetes' || kind === 'compose' ? kind : detectYamlKind(file, yaml);
    if (yamlKind === 'kubernetes') findInKubernetes(yaml, findings);
    if (yamlKind === 'compose') findInCompose(yaml, findings, lookup(variables));
    return yamlKind;
  }
}

function lookup(values: Readonly<Record<string, string>> = {}): Lookup {
  return (name) => (Object.hasOwn(values, name) ? values[name] : undefined);
}

function kindUnknown(file: string): NotationError {
  const kinds = Object.keys(SYNTAXES).join(', ');
  return new NotationError(
    'ERR_ARGUMENT_INVALID',
    `${quote(file)} is not a file that is known to name images`,
    {
      nextStep: `Pass the \`kind\` of the file: ${kinds}.`,
    },
  );
}
