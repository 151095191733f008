import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import { type HttpResponse, MAX_FAILURE } from '../../net/transport.ts';

const MAX_DETAIL = 200;

const failureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    errors: z.array(z.looseObject({ code: z.optional(z.string()), message: z.optional(z.string()) })),
  }),
);

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'ERR_REGISTRY_UNAUTHORIZED',
  403: 'ERR_REGISTRY_UNAUTHORIZED',
  404: 'ERR_NOT_FOUND',
};

/**
 * The failure that a response tells of: host, status and what the registry says, never its headers or the address,
 * which may carry secrets.
 * @param what - What was asked for.
 * @param code - By the status when left out.
 */
export function responseError(
  response: HttpResponse,
  what?: string,
  code: ErrorCode = CODES[response.status] ?? 'ERR_REGISTRY_RESPONSE',
): NotationError {
  const { status, url } = response;
  const reason = firstError(response);
  const detail = printable(response.redact([reason?.code, reason?.message].filter(Boolean).join(': ')));
  const question = what ? ` when asked for ${what}` : '';
  return new NotationError(code, `${url.host} answers ${status}${question}${detail && ` (${detail})`}`);
}

/** Whether a registry gives a certain code, such as `NAME_UNKNOWN`, as the reason. */
export function hasErrorCode(response: HttpResponse, code: string): boolean {
  return firstError(response)?.code === code;
}

function firstError({
  body,
}: HttpResponse): { code?: string | undefined; message?: string | undefined } | undefined {
  if (body.length === 0 || body.length > MAX_FAILURE) return undefined;
  try {
    return parseDocument(failureSchema(), body, 'failure', 'ERR_REGISTRY_RESPONSE').errors[0];
  } catch {
    return undefined; // a page of a proxy, or nothing at all: the status has to do
  }
}

function printable(text: string): string {
  return text
    .slice(0, MAX_DETAIL)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();
}
