import type { Readable } from 'node:stream';
import { isNotationError, NotationError } from '../../errors/notation-error.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { findReferences } from '../../references/find-references.ts';
import type { ReferenceFileKind } from '../../references/found.ts';
import type { LocatedReference } from '../../verifier/evaluate-all-options.ts';
import type { Evaluation } from '../../verifier/evaluation-result.ts';
import { readGivenFile, readInput } from './files.ts';

/** An image to verify; with an error one that cannot be resolved, or a file that cannot be read. */
export type FoundImage = (LocatedReference & { readonly error?: undefined }) | FailedImage;

/** Why there is no image to verify. */
export type FailedImage = Extract<Evaluation, { report?: undefined }>;

/** What the files leave open. */
export interface FileOptions {
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly 'build-arg': Readonly<Record<string, string>> | undefined;
}

const SPACE = 0x20;

/** What to do about an image that a file does not resolve. */
const UNRESOLVED_STEPS: Readonly<Record<ReferenceFileKind, string>> = {
  kubernetes: 'Render the file first, such as with `helm template` or `envsubst`, and check the result.',
  compose:
    'Give the values of its variables with --variables, or check the result of `docker compose config`; name an image for each service.',
  dockerfile: 'Give the values of its build arguments with --build-arg.',
  list: 'Write one reference a line, as registry/repository:tag or registry/repository@digest.',
};

/** Finds the images that files name, in the order of the files and of their lines. */
export async function findImagesIn(
  paths: readonly string[],
  options: FileOptions,
  stdin: Readable,
): Promise<FoundImage[]> {
  const found: FoundImage[] = [];
  for (const file of paths) {
    try {
      found.push(...(await findImages(file, options, stdin)));
    } catch (error) {
      if (!isNotationError(error)) throw error;
      found.push({ reference: file, error: unreadable(error) });
    }
  }
  return found;
}

async function findImages(
  file: string,
  { variables, 'build-arg': buildArgs }: FileOptions,
  stdin: Readable,
): Promise<FoundImage[]> {
  const content = file === '-' ? await readInput(stdin, 'file') : await readGivenFile(file, 'file');
  // An empty file has no kind that could be detected.
  if (content.every((byte) => byte <= SPACE)) return [];
  const { kind, references, unresolved } = findReferences(content, { file, variables, buildArgs });
  const nextStep = UNRESOLVED_STEPS[kind];
  const found = [
    ...references.map(({ reference, location }) => ({ reference, location })),
    ...unresolved.map(({ reference, location, error: { code, message } }) => ({
      reference,
      location,
      error: new NotationError(code, message, { nextStep }),
    })),
  ];
  return found.sort(
    ({ location: one }, { location: other }) => one.line - other.line || one.column - other.column,
  );
}

/** Makes the error of a file that cannot be read, which is no verdict on an image, whatever the reason. */
function unreadable(cause: NotationError): NotationError {
  const { code, message } = cause;
  if (code === 'ERR_LIMIT_EXCEEDED') {
    const nextStep = 'Check where the file comes from; split it if you trust it.';
    return new NotationError('ERR_ARGUMENT_INVALID', message, { cause, nextStep });
  }
  const nextStep =
    'Check the path and the content: a Kubernetes manifest, a compose file, a Dockerfile, or a list (*.txt) with a reference on each line; render templates first.';
  return new NotationError(code, message, { cause, nextStep });
}

/** Reports each file as one that names no image: a gate that finds nothing to verify must not pass. */
export function withoutImages(paths: readonly string[]): FailedImage[] {
  const nextStep = 'Check that these are the files that you want to verify: at least one must name an image.';
  return paths.map((reference) => ({
    reference,
    error: new NotationError(
      'ERR_ARGUMENT_INVALID',
      'it names no images, and neither does any other file that was given',
      { nextStep },
    ),
  }));
}

/** The references that are to be verified. A malformed one is reported when it is verified. */
export function parsedReferences(images: readonly FoundImage[]): Reference[] {
  return images.flatMap(({ reference, error }) => (error ? [] : parsedOrNone(reference)));
}

function parsedOrNone(reference: LocatedReference['reference']): Reference[] {
  if (typeof reference !== 'string') return [reference];
  try {
    return [parseReference(reference)];
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return [];
  }
}
