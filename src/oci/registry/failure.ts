import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import { oneLine } from '../../errors/quote.ts';
import { readExplanation } from '../../net/json.ts';
import type { HttpResponse } from '../../net/transport.ts';

const MAX_DETAIL = 200;

const failureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    errors: s.array(s.looseObject({ code: s.optional(s.string()), message: s.optional(s.string()) })),
  }),
);

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'ERR_REGISTRY_UNAUTHORIZED',
  403: 'ERR_REGISTRY_UNAUTHORIZED',
  404: 'ERR_NOT_FOUND',
};

/**
 * Makes the error of an unsuccessful response. It names the host, the status and the reason that the registry states,
 * never the headers or the URL, which may contain secrets.
 * @param what - What was requested.
 * @param code - By default it depends on the status.
 */
export function responseError(
  response: HttpResponse,
  what?: string,
  code: ErrorCode = CODES[response.status] ?? 'ERR_REGISTRY_RESPONSE',
): NotationError {
  const { status, url } = response;
  const reason = firstError(response);
  const words = [reason?.code, reason?.message].filter(Boolean).join(': ');
  const detail = oneLine(response.redact(words), MAX_DETAIL);
  const request = what ? ` to the request for ${what}` : '';
  const message = `${url.host} responded with ${status}${request}${detail && ` (${detail})`}`;
  return new NotationError(code, message);
}

/** Reports whether a registry states a certain code, such as `NAME_UNKNOWN`, as the reason. */
export function hasErrorCode(response: HttpResponse, code: string): boolean {
  return firstError(response)?.code === code;
}

function firstError(response: HttpResponse) {
  return readExplanation(failureSchema(), response)?.errors[0];
}
