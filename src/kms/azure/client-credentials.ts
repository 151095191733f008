import { trimEnd } from '../../encoding/trim-end.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { checkSecret } from '../../net/secret.ts';
import type { ObtainToken } from '../../net/token-cache.ts';
import { requestToken } from '../oauth-token.ts';
import type { KmsRequestOptions } from '../request.ts';

/** An application of Microsoft Entra, and its secret. */
export interface AzureClientCredentials {
  /** The tenant: its identifier, or one of its domains. */
  tenantId: string;
  /** The identifier of the application. */
  clientId: string;
  clientSecret: string;
  /**
   * The URL of the token server; that of the cloud of the vault by default, such as
   * `https://login.microsoftonline.com`. Required if the host of the vault belongs to no known cloud.
   */
  authority?: string | undefined;
  /**
   * The scope of the token; by default the scope of the vault's cloud, such as `https://vault.azure.net/.default`.
   * Required if the host of the vault belongs to no known cloud.
   */
  scope?: string | undefined;
}

/** The authorities that issue tokens in the clouds of Azure, by the domain of their vaults. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  'azure.net': 'https://login.microsoftonline.com',
  'azure.cn': 'https://login.chinacloudapi.cn',
  'usgovcloudapi.net': 'https://login.microsoftonline.us',
};
const VAULT = /\.((?:vault|managedhsm)\.(azure\.net|azure\.cn|usgovcloudapi\.net))$/;

const CODES = {
  invalid_client: 'unauthorized',
  invalid_grant: 'unauthorized',
  unauthorized_client: 'unauthorized',
  invalid_request: 'unauthorized',
  temporarily_unavailable: 'throttled',
} as const;

/**
 * Makes a function that requests tokens for a vault by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and when called those of the request
 */
export function clientCredentialsToken(
  credentials: AzureClientCredentials,
  vault: URL,
  options: KmsRequestOptions,
): ObtainToken<string> {
  const { tenantId, clientId, clientSecret } = credentials;
  const cloud = cloudOf(vault);
  const { authority = cloud.authority, scope = cloud.scope } = credentials;
  if (typeof tenantId !== 'string' || !/^[\w.-]{1,253}$/.test(tenantId)) {
    throw argumentInvalid('tenantId must be the identifier or a domain of a tenant');
  }
  if (authority === undefined || scope === undefined) {
    // No default: the secret would go to another cloud.
    throw argumentInvalid(
      `clientCredentials must have authority and scope, because ${quote(vault.host)} belongs to no known cloud of Azure`,
    );
  }
  const base = parseServiceUrl(authority, 'authority');
  const url = new URL(`${trimEnd(base.pathname, '/')}/${tenantId}/oauth2/v2.0/token`, base);
  checkSecret(clientId, 'clientId');
  checkSecret(clientSecret, 'clientSecret');
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const request = { service: 'Microsoft Entra', url, form, secrets: [clientSecret], codes: CODES };
  return (budget) => requestToken(request, options, budget);
}

/** Returns the authority and the scope of the cloud of a vault, if the cloud is known. */
export function cloudOf({ hostname }: URL): { authority?: string; scope?: string } {
  const [, place, domain = ''] = VAULT.exec(hostname) ?? [];
  const authority = AUTHORITIES[domain];
  return authority === undefined ? {} : { authority, scope: `https://${place}/.default` };
}
