import { parseDocument } from '../encoding/document.ts';
import type { Schema } from '../encoding/schema.ts';
import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { type HttpResponse, wholeBody } from './transport.ts';

/**
 * Reads the JSON of a response, in the shape that a schema describes. The error has no cause: engines quote what is
 * not JSON, and that may be a secret.
 *
 * @param code - The code of the error for a body of another shape.
 * @throws NotationError Of that code, `ERR_LIMIT_EXCEEDED`
 */
export function readJson<T>(schema: Schema<T>, response: HttpResponse, code: ErrorCode): T {
  try {
    return parseDocument(schema, wholeBody(response), `response of ${response.peer}`, code);
  } catch (error) {
    throw isNotationError(error) ? new NotationError(error.code, error.message) : error;
  }
}

/** Reads the JSON that explains a failure; `undefined` for a body of another shape, such as the page of a proxy. */
export function readExplanation<T>(
  schema: Schema<T>,
  { body, truncated, peer }: HttpResponse,
): T | undefined {
  if (truncated || body.length === 0) return undefined;
  try {
    return parseDocument(schema, body, `response of ${peer}`, 'ERR_ENCODING_INVALID');
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}
