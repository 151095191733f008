import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { NotationError } from '../errors/index.ts';
import type { Budget } from '../net/budget.ts';
import { readExplanation } from '../net/json.ts';
import { HEADER_SECRET } from '../net/secret.ts';
import type { ExpiringToken } from '../net/token-cache.ts';
import { callService, type KmsDialect, type KmsRequestOptions } from './request.ts';
import { usableUntil } from './token.ts';

/** A request to the token endpoint of an OAuth 2.0 server. */
export interface TokenRequest {
  /** The server, as errors name it. */
  service: string;
  url: URL;
  form: Record<string, string>;
  /** Secrets that no error may show. */
  secrets: readonly string[];
  /** The meaning of the codes of failures. */
  codes: NonNullable<KmsDialect['codes']>;
}

const failureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ error: s.optional(s.string()), error_description: s.optional(s.string()) }),
);
/** `expires_in` is a number of seconds, or a string in its place. */
const tokenSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    access_token: s.string(),
    expires_in: s.refine(s.unknown(), (value) => value !== undefined, 'a number of seconds expected'),
  }),
);

/**
 * Requests an access token (RFC 6749, section 5).
 * @throws NotationError As {@link callService} does
 */
export async function requestToken(
  { service, url, form, secrets, codes }: TokenRequest,
  options: KmsRequestOptions,
  budget: Budget | undefined,
): Promise<ExpiringToken<string>> {
  const dialect: KmsDialect = {
    service,
    codes,
    failureOf(response) {
      const { error, error_description } = readExplanation(failureSchema(), response) ?? {};
      return { code: error, message: error_description };
    },
  };
  const prepare = async () => ({
    url,
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    secrets,
  });
  const { access_token: token, expires_in } = await callService(dialect, tokenSchema(), prepare, options, {
    budget,
  });
  if (HEADER_SECRET.test(token)) return { token, usableUntil: usableUntil(expires_in) };
  throw new NotationError('ERR_KMS_RESPONSE', `the response of ${service} has a malformed token`);
}
