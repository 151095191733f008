import { encodeUtf8 } from '../encoding/bytes.ts';
import type { ErrorCode } from '../errors/index.ts';
import { oneLine } from '../errors/quote.ts';

/** The codes of errors that clients know. */
export type OciErrorCode = 'DENIED' | 'UNAUTHORIZED' | 'UNSUPPORTED' | 'UNAVAILABLE' | 'UNKNOWN';

/** The header that says what the gateway found: a HEAD has no body. */
export const VERDICT_HEADER = 'notarykit-verdict';
/** The header with the code of the reason. */
export const CODE_HEADER = 'notarykit-code';

/** Seconds after which a client may try again. */
export const RETRY_AFTER = '5';

const MAX_MESSAGE = 1000;

/** An answer of the gateway itself. */
export interface Refusal {
  status: number;
  code: OciErrorCode;
  /** A sentence without a full stop. */
  message: string;
  /** Why: a code of notarykit, also in a header. */
  reason?: ErrorCode | undefined;
  /** What to do. */
  nextStep?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** The headers of every response: nothing may be stored for another client, whose credentials may not suffice. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  vary: 'Authorization, Accept',
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
};

/**
 * Makes an error response in the form of the specification, which clients show.
 * @see OCI distribution specification 1.1, "Error Codes"
 */
export function refuse(
  method: string,
  { status, code, message, reason, nextStep, headers }: Refusal,
): Response {
  const line = oneLine(reason === undefined ? message : `${message} (${reason})`, MAX_MESSAGE);
  const detail = reason === undefined ? undefined : { code: reason, ...(nextStep && { nextStep }) };
  const body = encodeUtf8(JSON.stringify({ errors: [{ code, message: line, ...(detail && { detail }) }] }));
  return new Response(method === 'HEAD' ? null : (body as BodyInit), {
    status,
    headers: {
      ...COMMON_HEADERS,
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...(reason && { [CODE_HEADER]: reason }),
      ...headers,
    },
  });
}
