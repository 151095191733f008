import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { trimEnd } from '../../encoding/trim-end.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { callService, type KmsDialect } from '../../kms/request.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { readExplanation } from '../../net/json.ts';
import { HEADER_SECRET } from '../../net/secret.ts';
import type { ExchangeContext } from './exchange-context.ts';

const failureSchema = /* @__PURE__ */ lazy(() => s.looseObject({ errors: s.array(s.string()) }));
const schema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ auth: s.looseObject({ client_token: s.string() }) }),
);
const dialect: KmsDialect = {
  service: 'Vault',
  failureOf: (response) => ({ message: readExplanation(failureSchema(), response)?.errors.join('; ') }),
};

/** A role of the JWT auth method. */
export interface VaultRole {
  readonly role: string;
  /** Where the method is mounted. */
  readonly auth: string;
}

/**
 * Exchanges an identity token for a token of Vault.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and those of the request
 * @see The API of the JWT auth method, "JWT login"
 */
export async function logInToVault(
  { role, auth }: VaultRole,
  identityToken: string,
  { env, mask, signal }: ExchangeContext,
): Promise<string> {
  if (!/^[\w/-]{1,255}$/.test(auth)) throw argumentInvalid('vault_auth must be the path of an auth method');
  const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace } = env;
  if (!address) throw argumentInvalid('vault_role needs the environment variable VAULT_ADDR');
  const base = parseServiceUrl(address, 'VAULT_ADDR');
  const prepare = async () => ({
    url: new URL(`${trimEnd(base.pathname, '/')}/v1/auth/${trimEnd(auth, '/')}/login`, base),
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', ...(namespace && { 'x-vault-namespace': namespace }) },
    body: JSON.stringify({ role, jwt: identityToken }),
    secrets: [identityToken],
  });
  const response = await callService(dialect, schema(), prepare, {}, { signal });
  const { client_token: token } = response.auth;
  if (!HEADER_SECRET.test(token))
    throw new NotationError('ERR_KMS_RESPONSE', 'the response of Vault has a malformed token');
  mask(token);
  return token;
}
