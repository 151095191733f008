import { argumentInvalid } from '../../errors/notation-error.ts';
import { cloudOf } from '../../kms/azure/client-credentials.ts';
import { requestToken } from '../../kms/oauth-token.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import type { ExchangeContext } from './exchange-context.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const AUTHORITY = 'https://login.microsoftonline.com';
const CODES = {
  invalid_client: 'unauthorized',
  unauthorized_client: 'unauthorized',
  invalid_request: 'unauthorized',
} as const;

/** An application of Microsoft Entra that trusts the identity tokens of the job. */
export interface AzureApplication {
  readonly tenant: string;
  readonly client: string;
}

/**
 * Exchanges an identity token for an access token, as the assertion of an application.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and those of the request
 * @see Microsoft identity platform, "OAuth 2.0 client credentials flow", third case: a federated credential
 */
export async function requestAzureToken(
  { tenant, client }: AzureApplication,
  scope: string,
  identityToken: string,
  { env, mask }: ExchangeContext,
): Promise<string> {
  if (!/^[\w.-]{1,253}$/.test(tenant)) {
    throw argumentInvalid('azure_tenant must be the identifier or a domain of a tenant');
  }
  const authority = parseServiceUrl(env.AZURE_AUTHORITY_HOST || AUTHORITY, 'AZURE_AUTHORITY_HOST');
  const form = {
    grant_type: 'client_credentials',
    client_id: client,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: identityToken,
    scope,
  };
  const url = new URL(`/${tenant}/oauth2/v2.0/token`, authority);
  const request = { service: 'Microsoft Entra', url, form, secrets: [identityToken], codes: CODES };
  const { token } = await requestToken(request, {}, undefined);
  mask(token);
  return token;
}

/** Returns the scope of tokens for the vault of a key. */
export function vaultScope(keyId: string): string {
  const { scope = 'https://vault.azure.net/.default' } = URL.canParse(keyId) ? cloudOf(new URL(keyId)) : {};
  return scope;
}
