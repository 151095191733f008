import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { callService, type KmsDialect } from '../../kms/request.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import type { ExchangeContext } from './exchange-context.ts';

const dialect: KmsDialect = { service: 'the identity provider of GitHub', failureOf: () => ({}) };
const schema = /* @__PURE__ */ lazy(() => s.looseObject({ value: s.string() }));

/**
 * Requests an identity token of the job.
 * @param audience - Who the token is for; the owner of the repository by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the job may not have one, and those of the request
 * @see https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
 */
export async function requestIdentityToken(
  audience: string | undefined,
  { env, mask, signal }: ExchangeContext,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (!address || !token) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the job may not request an identity token', {
      nextStep: 'Add `id-token: write` to the permissions of the job.',
    });
  }
  const url = parseServiceUrl(address, 'ACTIONS_ID_TOKEN_REQUEST_URL');
  if (audience !== undefined) url.searchParams.set('audience', audience);
  const prepare = async () => ({
    url,
    method: 'GET' as const,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    secrets: [token],
  });
  const { value } = await callService(dialect, schema(), prepare, {}, { signal });
  mask(value);
  return value;
}
