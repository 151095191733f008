import { NotationError } from '../errors/index.ts';
import type { FetchBlobOptions, OperationOptions } from './repository.ts';

/**
 * The options of reading a blob. Who writes plain JavaScript may have left them out, and nothing is read without a
 * ceiling.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readBlobOptions<T extends FetchBlobOptions>(options: T): T {
  const maxBytes: unknown = options?.maxBytes;
  if (typeof maxBytes === 'number' && maxBytes >= 0) return options;
  throw new NotationError('ERR_ARGUMENT_INVALID', 'maxBytes must be the most bytes that a blob may have');
}

/**
 * The options of listing referrers.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readReferrersOptions(
  options: OperationOptions & { artifactType: string },
): OperationOptions & { artifactType: string } {
  const artifactType: unknown = options?.artifactType;
  if (typeof artifactType === 'string') return options;
  throw new NotationError('ERR_ARGUMENT_INVALID', 'artifactType must be the type of the referrers to list');
}
