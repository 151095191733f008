import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { requestToken } from '../../kms/oauth-token.ts';
import { callService, errorSchema, type KmsDialect } from '../../kms/request.ts';
import { readExplanation } from '../../net/json.ts';
import { HEADER_SECRET } from '../../net/secret.ts';
import type { ExchangeContext } from './exchange-context.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const STS = 'https://sts.googleapis.com/v1/token';
const CREDENTIALS = 'https://iamcredentials.googleapis.com';
const PROVIDER = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/;
const CODES = {
  invalid_grant: 'unauthorized',
  invalid_target: 'unauthorized',
  unauthorized_client: 'unauthorized',
} as const;

const dialect: KmsDialect = {
  service: 'Google IAM',
  failureOf(response) {
    const { status, message } = readExplanation(errorSchema(), response)?.error ?? {};
    return { code: typeof status === 'string' ? status : undefined, message };
  },
  codes: { PERMISSION_DENIED: 'unauthorized', UNAUTHENTICATED: 'unauthorized' },
};
const schema = /* @__PURE__ */ lazy(() => s.looseObject({ accessToken: s.string() }));

/** A workload identity provider, and the service account that it may impersonate. */
export interface GoogleFederation {
  readonly provider: string;
  readonly account: string | undefined;
}

/** Returns the audience of identity tokens for a provider. */
export function googleAudience(provider: string): string {
  if (PROVIDER.test(provider)) return `https://iam.googleapis.com/${provider}`;
  throw argumentInvalid(
    'google_provider must be such as projects/123/locations/global/workloadIdentityPools/ci/providers/github',
  );
}

/**
 * Exchanges an identity token for an access token: one of the identity itself, or of a service account.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and those of the requests
 * @see Google Cloud, Security Token Service API, "token", and IAM Service Account Credentials API, "generateAccessToken"
 */
export async function requestGoogleToken(
  { provider, account }: GoogleFederation,
  identityToken: string,
  { mask, signal }: ExchangeContext,
): Promise<string> {
  const form = {
    grant_type: TOKEN_EXCHANGE,
    audience: `//iam.googleapis.com/${provider}`,
    scope: SCOPE,
    requested_token_type: ACCESS_TOKEN,
    subject_token: identityToken,
    subject_token_type: JWT,
  };
  const url = new URL(STS);
  const request = { service: 'Google STS', url, form, secrets: [identityToken], codes: CODES };
  const { token } = await requestToken(request, {}, undefined);
  mask(token);
  if (account === undefined) return token;
  const at = `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
  const prepare = async () => ({
    url: new URL(at, CREDENTIALS),
    method: 'POST' as const,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [SCOPE] }),
    secrets: [token],
  });
  const { accessToken } = await callService(dialect, schema(), prepare, {}, { signal });
  if (!HEADER_SECRET.test(accessToken))
    throw new NotationError('ERR_KMS_RESPONSE', 'the response of Google IAM has a malformed token');
  mask(accessToken);
  return accessToken;
}
