import { decodeBase64 } from '../encoding/base64.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import type { HttpRequest } from './transport.ts';

const HIDDEN = '***';
/** Of the form that a token server is sent. */
const SECRET_FIELDS = ['refresh_token', 'password'];
/** Parts of a secret that are shorter are left: they would be found everywhere. */
const MIN_SECRET = 4;
const MAX_CAUSES = 4;
const QUERY = /(https?:\/\/[^\s?#"')]*)\?[^\s"')]*/g;

/** Takes the secrets of a request out of a text, whoever put them there: a server may repeat what it was sent. */
export type Redact = (text: string) => string;

/** Hides the credentials of a request, and the queries of addresses, which can be signed. */
export function redactorOf(request: Pick<HttpRequest, 'authorization' | 'body'>): Redact {
  const secrets = secretsOf(request);
  return (text) => {
    let safe = text.replace(QUERY, '$1');
    for (const secret of secrets) safe = safe.replaceAll(secret, HIDDEN);
    return safe;
  };
}

/** What went wrong below, without the requests that such failures hold on to. */
export function redactedCause(error: unknown, redact: Redact, depth = 0): Error | undefined {
  if (!(error instanceof Error) || depth >= MAX_CAUSES) return undefined;
  const inner = redactedCause(error.cause ?? firstOf(error), redact, depth + 1);
  const cause = new Error(redact(error.message), inner && { cause: inner });
  cause.name = error.name;
  const code = codeOf(error);
  return code === undefined ? cause : Object.assign(cause, { code });
}

/** The code of the operating system or of TLS, such as `ECONNREFUSED`, that a failure comes from. */
export function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth >= MAX_CAUSES) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{1,64}$/.test(error.code)) {
    return error.code;
  }
  return codeOf(error.cause ?? firstOf(error), depth + 1);
}

function firstOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : undefined;
}

function secretsOf({ authorization, body }: Pick<HttpRequest, 'authorization' | 'body'>): string[] {
  const secrets: string[] = [];
  if (body instanceof URLSearchParams) {
    for (const name of SECRET_FIELDS) {
      const secret = body.get(name) ?? '';
      secrets.push(secret, new URLSearchParams([['', secret]]).toString().slice(1));
    }
  }
  if (authorization !== undefined) {
    const [scheme = '', value = ''] = authorization.split(' ');
    secrets.push(value);
    if (scheme === 'Basic') {
      const pair = decodeUtf8(decodeBase64(value));
      secrets.push(pair, pair.slice(pair.indexOf(':') + 1));
    }
  }
  return secrets.filter((secret) => secret.length >= MIN_SECRET);
}
