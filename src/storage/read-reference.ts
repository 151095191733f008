import { argumentInvalid } from '../errors/notation-error.ts';
import { checkReference, parseReference, type Reference, withDefaultTag } from '../oci/reference.ts';

/**
 * Returns the reference with the default tag if it has neither a tag nor a digest; otherwise the reference as it was given.
 * @throws NotationError As {@link readReference} does.
 */
export function completeReference(
  given: string | Reference,
  defaultTag: string | undefined,
): string | Reference {
  if (defaultTag === undefined) return given;
  const reference = readReference(given);
  const complete = withDefaultTag(reference, defaultTag);
  return complete === reference ? given : complete;
}

/**
 * Returns the parts of a reference that is given as a string or in parts.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID` for a value of another type
 */
export function readReference(given: string | Reference): Reference {
  if (typeof given === 'string') return parseReference(given);
  if (typeof given?.registry !== 'string' || typeof given.repository !== 'string') {
    throw argumentInvalid(
      'the reference must be a string such as "registry.example.com/team/app:v1", or what parseReference returns',
    );
  }
  checkReference(given);
  return { ...given };
}
