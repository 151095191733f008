import { oneLine } from '../errors/quote.ts';

const HIDDEN = '***';
/** Shorter secrets are not hidden: they would be found everywhere. */
const MIN_SECRET = 4;
const MAX_CAUSES = 4;
/** Characters of the message of a runtime. */
const MAX_REASON = 100;
/** The codes of Node and Bun for headers of a response that they reject: too long, too many or malformed. */
const OF_HEADERS: readonly string[] = [
  'UND_ERR_HEADERS_OVERFLOW',
  'HPE_HEADER_OVERFLOW',
  'Malformed_HTTP_Response',
];
/** Deno has no codes. */
const OF_HEADERS_IN_WORDS = 'message head is too large';
const URL_IN_TEXT = /https?:\/\/[^\s"')]*/g;

/** Hides the secrets of a request in a string: a server may repeat them. */
export type Redact = (text: string) => string;

/**
 * Makes a function that hides secrets, verbatim and form-encoded, and the parts of any URL that may be secret.
 * @param secrets - The secrets; secrets of fewer than four characters are not hidden.
 */
export function createRedact(secrets: readonly string[]): Redact {
  let spellings: readonly string[] | undefined;
  return (text) => {
    spellings ??= secrets.filter(({ length }) => length >= MIN_SECRET).flatMap(spellingsOf);
    const plain = text.replace(URL_IN_TEXT, (url) => url.replace(/\?.*/, '').replace(/\/\/[^/]*@/, '//'));
    return spellings.reduce((safe, secret) => safe.replaceAll(secret, HIDDEN), plain);
  };
}

function spellingsOf(secret: string): string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [secret, form, encodeURIComponent(secret.replace(/\p{Cs}/gu, '\ufffd'))];
}

/** A copy of a failure without its secrets and without the request that the original may reference. */
export interface RedactedCause extends Error {
  /** The code of the operating system, of TLS or of the runtime, such as `ECONNREFUSED`, of this failure or of what caused it. */
  code?: string | undefined;
}

/** Copies the messages and codes of a failure and its causes. */
export function redactedCause(error: unknown, redact: Redact, depth = 0): RedactedCause | undefined {
  if (!(error instanceof Error) || depth >= MAX_CAUSES) return undefined;
  const inner = error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
  const cause = redactedCause(inner, redact, depth + 1);
  const copy: RedactedCause = new Error(redact(error.message), cause && { cause });
  copy.name = error.name;
  const code: unknown = 'code' in error ? error.code : undefined;
  const known = typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? redact(code) : cause?.code;
  if (known !== undefined) copy.code = known;
  return copy;
}

/** Reports whether a connection failed because the runtime rejects the headers of the response. */
export function isOfHeaders(failure: RedactedCause | undefined): boolean {
  if (failure?.code !== undefined) return OF_HEADERS.includes(failure.code);
  return failure?.cause instanceof Error && failure.cause.message.endsWith(OF_HEADERS_IN_WORDS);
}

/** Returns in a few words why a connection failed: the code if there is one. */
export function reasonOfFailure(failure: RedactedCause | undefined): string {
  const { cause = failure } = failure ?? {};
  return failure?.code ?? (cause instanceof Error ? oneLine(cause.message, MAX_REASON) : '');
}
