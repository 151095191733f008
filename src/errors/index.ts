/**
 * The one class of error, and its codes.
 *
 * @packageDocumentation
 */
export { type ErrorCode, errorCodes } from './codes.ts';
export {
  isNotationError,
  NotationError,
  type NotationErrorOptions,
  type Reason,
  reasonOf,
} from './notation-error.ts';
