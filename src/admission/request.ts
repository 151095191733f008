import { parseJson } from '../encoding/json.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { abortError, onAbort } from '../net/abort.ts';
import { discard, readAtMost } from '../net/body.ts';

/** Handles requests in the form of the Fetch standard: of a Worker, of Deno and Bun, or of an adapter for Node. */
export interface RequestHandler {
  /**
   * Answers a request. It never rejects.
   * @param request - The request, with its body unread.
   */
  fetch(request: Request): Promise<Response>;
}

/** Why a request is not served, with the HTTP status that says so. */
export class RequestRefused extends Error {
  readonly status: number;

  constructor(status: number, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.status = status;
  }
}

/** A time limit that runs. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends it, and stops what still runs under its signal. */
  end(): void;
}

/**
 * Starts the time limit of a request, which the caller may end, too.
 * @param what - The work, for the error.
 */
export function startDeadline(milliseconds: number, caller: AbortSignal | undefined, what: string): Deadline {
  const controller = new AbortController();
  const expire = () =>
    controller.abort(new NotationError('ERR_TIMEOUT', `${what} took longer than ${milliseconds} ms`));
  const timer = setTimeout(expire, milliseconds);
  const ignore = caller && onAbort(caller, () => controller.abort(caller.reason));
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      ignore?.();
      controller.abort();
    },
  };
}

/**
 * Reads the JSON that was posted. A body that is too long is refused by its `content-length`, or else as soon as more than
 * the limit has come.
 * @param what - The name of the document, for the error.
 * @throws RequestRefused
 */
export async function readJsonRequest(
  request: Request,
  { maxBytes, signal, what }: { maxBytes: number; signal: AbortSignal; what: string },
): Promise<unknown> {
  try {
    checkHeaders(request, maxBytes, what);
  } catch (error) {
    discard(request.body);
    throw error;
  }
  const expected = Number(request.headers.get('content-length') ?? 0);
  const bytes = await readAtMost(request.body, { maxBytes, signal, expected });
  if (signal.aborted) throw new RequestRefused(408, abortError(signal, `reading the ${what}`).message);
  if (bytes.length > maxBytes) throw tooLarge(maxBytes, what);
  try {
    return parseJson(bytes, what);
  } catch (error) {
    if (isNotationError(error)) throw new RequestRefused(400, error.message, error);
    throw error;
  }
}

function checkHeaders({ method, headers }: Request, maxBytes: number, what: string): void {
  if (method !== 'POST') throw new RequestRefused(405, `the ${what} must be sent with POST`);
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new RequestRefused(415, `the content type of the ${what} must be application/json`);
  }
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new RequestRefused(415, `the ${what} must not be compressed`);
  }
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes, what);
}

function tooLarge(maxBytes: number, what: string): RequestRefused {
  return new RequestRefused(413, `the ${what} is larger than ${maxBytes} bytes`);
}

/** Makes a response of JSON that no cache keeps. */
export function jsonResponse(status: number, body: unknown): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (status === 405) headers.allow = 'POST';
  return new Response(JSON.stringify(body), { status, headers });
}
