import { isNotationError, NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { findReferences } from '../../references/find-references.ts';
import type { LocatedReference } from '../../verifier/evaluate-all-options.ts';
import type { Evaluation } from '../../verifier/evaluation-result.ts';
import { createVerifier } from '../../verify.ts';
import { defineCommand } from '../command.ts';
import { evaluateAndPrint } from '../evaluation.ts';
import type { Flags } from '../flags.ts';
import { readGivenFile, readInput } from '../options/files.ts';
import { VERDICT_FLAGS } from '../options/output.ts';
import { dialectOf } from '../options/policy.ts';
import { openConfig, REGISTRY_FLAGS, registryOptions } from '../options/registry.ts';
import { VERIFICATION_FLAGS } from '../options/verification.ts';
import type { Terminal } from '../terminal.ts';

/** What a file without a tag means, in Kubernetes and in Docker. */
export const DEFAULT_TAG = 'latest';

/** Flags about the files, and how many images they name. */
export const FILES_FLAGS = {
  concurrency: {
    kind: 'count',
    value: 'count',
    summary: 'how many images to verify at a time; 8 by default',
  },
  variables: { kind: 'pairs', value: 'name=value', summary: 'values of variables of compose files' },
  'build-arg': { kind: 'pairs', value: 'name=value', summary: 'build arguments of Dockerfiles' },
} as const satisfies Flags;

export const command = defineCommand({
  description:
    'Verify every image that files name: Kubernetes manifests, compose files, Dockerfiles, and lists with a reference on each line. What cannot be read or resolved is reported as well.',
  operands: [{ name: 'file', several: true }],
  flags: {
    ...VERIFICATION_FLAGS,
    ...VERDICT_FLAGS,
    ...FILES_FLAGS,
    ...REGISTRY_FLAGS,
  },
  examples: [
    { title: 'Verify the images of a deployment', line: 'check deployment.yaml' },
    { title: 'In GitHub Actions, with annotations', line: 'check -o github k8s/*.yaml Dockerfile' },
    { title: 'What a chart is rendered to', line: 'check - < rendered.yaml' },
  ],
  async run({ values, operands: paths, terminal }) {
    const { references, failures } = await findImagesIn(paths, values, terminal);
    const parsed = references.flatMap(({ reference }) => parsedOrNone(reference));
    const config = await openConfig({
      dialect: dialectOf(values.dialect),
      registry: await registryOptions(values, parsed, terminal),
    });
    const limits = { signatures: values['max-signatures'] };
    const verifier = createVerifier({ ...config, limits, defaultTag: DEFAULT_TAG });
    const options = {
      concurrency: values.concurrency,
      userMetadata: values['user-metadata'],
      pluginConfig: values['plugin-config'],
      platforms: values.platform,
    };
    const { output } = values;
    return evaluateAndPrint({ verifier, references, options, before: failures, output }, terminal);
  },
});

export interface FoundInFiles {
  references: LocatedReference[];
  /** Files that cannot be read, and images that cannot be resolved. */
  failures: Evaluation[];
}

/** What the files leave open. */
export interface FileOptions {
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly 'build-arg': Readonly<Record<string, string>> | undefined;
}

/** Finds the images that files name. */
export async function findImagesIn(
  paths: readonly string[],
  { variables, 'build-arg': buildArgs }: FileOptions,
  { stdin }: Terminal,
): Promise<FoundInFiles> {
  const found: FoundInFiles = { references: [], failures: [] };
  for (const file of paths) {
    try {
      const content = file === '-' ? await readInput(stdin, 'file') : await readGivenFile(file, 'file');
      const { references, unresolved } = findReferences(content, { file, variables, buildArgs });
      found.references.push(...references.map(({ reference, location }) => ({ reference, location })));
      found.failures.push(...unresolved.map(unresolvedEvaluation));
    } catch (error) {
      if (!isNotationError(error)) throw error;
      found.failures.push({ reference: file, error });
    }
  }
  return found;
}

function unresolvedEvaluation({
  text,
  location,
  usage,
  reason,
}: ReturnType<typeof findReferences>['unresolved'][number]): Evaluation {
  const error = new NotationError('ERR_REFERENCE_INVALID', `the image of ${usage} is not known: ${reason}`, {
    nextStep: 'Render the file first, or give the values with --variables or --build-arg.',
  });
  return { reference: text === '' ? quote(text) : text, location, error };
}

/** A malformed reference is reported when it is verified. */
export function parsedOrNone(reference: LocatedReference['reference']): Reference[] {
  if (typeof reference !== 'string') return [reference];
  try {
    return [parseReference(reference)];
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return [];
  }
}
