import type { SourceLocation } from '../encoding/source-location.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { parseReference } from '../oci/reference.ts';

/** The kinds of files that name images. */
export type ReferenceFileKind = 'kubernetes' | 'compose' | 'dockerfile' | 'list';

/** A reference to an image, where it is written. */
export interface FoundReference {
  /** The reference, with its variables replaced; short names and missing tags stay as they are written. */
  reference: string;
  location: SourceLocation;
  /** What uses the image, such as `Deployment "web", container "app"`. */
  usage: string;
  /** The platform that the file requires, such as `linux/arm64`. */
  platform?: string;
}

/** A place that needs an image, but from which no reference can be read: an evaluation for the functions of `notarykit/report`. */
export interface UnresolvedReference {
  /** What reports name: what is written there, or `""` if nothing is. */
  reference: string;
  /** What is written there; empty if nothing is. */
  text: string;
  location: SourceLocation;
  /** What needs the image. */
  usage: string;
  /** Why there is no reference, in a sentence. */
  reason: string;
  /** `ERR_REFERENCE_INVALID`, with `usage` and `reason`. */
  error: NotationError;
  report?: undefined;
}

/** The images that a file names, in the order of the file. */
export interface FileReferences {
  kind: ReferenceFileKind;
  references: FoundReference[];
  /** The images of which the reference cannot be known from the file alone: treat them as failures. */
  unresolved: UnresolvedReference[];
}

/** The limit of references and unresolved places of one file. */
const MAX_FOUND = 10_000;

/** Where in a text something is, as line and column. */
export type Place = Pick<SourceLocation, 'line' | 'column'>;

/** Collects what is found in one file. */
export class Findings {
  readonly references: FoundReference[] = [];
  readonly unresolved: UnresolvedReference[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds what is written as a reference, or says why it is not a valid one. */
  add(reference: string, place: Place, usage: string, platform?: string): void {
    const problem = problemOf(reference);
    if (problem === undefined) {
      this.#count();
      const location = this.#locate(place);
      this.references.push({ reference, location, usage, ...(platform !== undefined && { platform }) });
    } else {
      this.addUnresolved(reference, place, usage, problem);
    }
  }

  addUnresolved(text: string, place: Place, usage: string, reason: string): void {
    this.#count();
    const error = new NotationError('ERR_REFERENCE_INVALID', `${usage}: ${reason}`, {
      nextStep: 'Render the file first, or pass the values of its `variables` or `buildArgs`.',
    });
    this.unresolved.push({
      reference: text || quote(text),
      text,
      location: this.#locate(place),
      usage,
      reason,
      error,
    });
  }

  #locate({ line, column }: Place): SourceLocation {
    return { file: this.#file, line, column };
  }

  #count(): void {
    if (this.references.length + this.unresolved.length < MAX_FOUND) return;
    throw limitExceeded(this.#file, `names more than ${MAX_FOUND} images`);
  }
}

/** Returns why a text is not a reference. */
function problemOf(reference: string): string | undefined {
  try {
    parseReference(reference);
    return undefined;
  } catch (error) {
    if (isNotationError(error, 'ERR_REFERENCE_INVALID')) return error.message;
    throw error;
  }
}

/** Makes the error of a file that cannot be read as what it is. */
export function fileInvalid(file: string, reason: string, cause?: unknown): NotationError {
  const nextStep = 'Correct the file, or pass the `kind` that it has; render templates first.';
  return new NotationError('ERR_ENCODING_INVALID', `${quote(file)} ${reason}`, { cause, nextStep });
}

/** Makes the error of a file that exceeds a limit. */
export function limitExceeded(file: string, reason: string): NotationError {
  const nextStep = 'Check the origin of the file; split it if you trust it.';
  return new NotationError('ERR_LIMIT_EXCEEDED', `${quote(file)} ${reason}`, { nextStep });
}
