import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
import { NotationError } from '../../errors/index.ts';
import {
  askService,
  checkToken,
  type KmsDialect,
  type KmsRequestOptions,
  serviceAddress,
  TOKEN,
} from '../request.ts';
import { type ExpiringToken, expiryOf } from '../token.ts';

/** An application of Microsoft Entra, and its secret. */
export interface AzureClientCredentials {
  /** The tenant: its identifier, or one of its domains. */
  tenantId: string;
  /** The identifier of the application. */
  clientId: string;
  clientSecret: string;
  /**
   * Where tokens are given; that of the cloud of the vault by default, such as
   * `https://login.microsoftonline.com`.
   */
  authority?: string | undefined;
  /** What the token is for; by default that of the cloud of the vault, such as `https://vault.azure.net/.default`. */
  scope?: string | undefined;
}

/** Who gives tokens in the clouds of Azure, by the domain of their vaults. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  'azure.net': 'https://login.microsoftonline.com',
  'azure.cn': 'https://login.chinacloudapi.cn',
  'usgovcloudapi.net': 'https://login.microsoftonline.us',
};
const VAULT = /\.((?:vault|managedhsm)\.(azure\.net|azure\.cn|usgovcloudapi\.net))$/;

const dialect: KmsDialect = {
  service: 'Microsoft Entra',
  failureOf(body) {
    const { success, data } = failureSchema().safeParse(body);
    return success ? { code: data.error, message: data.error_description } : {};
  },
  codes: {
    invalid_client: 'unauthorized',
    invalid_grant: 'unauthorized',
    unauthorized_client: 'unauthorized',
    invalid_request: 'unauthorized',
    temporarily_unavailable: 'throttled',
  },
};

const failureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ error: z.optional(z.string()), error_description: z.optional(z.string()) }),
);
const tokenSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    access_token: z.string().check(z.regex(TOKEN)),
    expires_in: z.union([z.number(), z.string()]),
  }),
);

/**
 * Gets tokens for a vault by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and when called those of the request
 */
export function clientCredentialsToken(
  credentials: AzureClientCredentials,
  vault: URL,
  options: KmsRequestOptions,
): () => Promise<ExpiringToken> {
  const { tenantId, clientId, clientSecret } = credentials;
  const [, place = 'vault.azure.net', domain = 'azure.net'] = VAULT.exec(vault.hostname) ?? [];
  const { authority = AUTHORITIES[domain] ?? '', scope = `https://${place}/.default` } = credentials;
  if (typeof tenantId !== 'string' || !/^[\w.-]{1,253}$/.test(tenantId))
    throw invalid('tenantId must be the identifier or a domain of a tenant');
  const base = serviceAddress(authority, 'authority');
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/${tenantId}/oauth2/v2.0/token`, base);
  checkToken(clientId, 'clientId');
  checkToken(clientSecret, 'clientSecret');
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  }).toString();
  const prepare = async () => ({
    url,
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    secrets: [
      clientSecret,
      encodeURIComponent(clientSecret),
      new URLSearchParams({ '': clientSecret }).toString().slice(1),
    ],
  });
  return async () => {
    const reply = await askService(dialect, tokenSchema(), prepare, options);
    return { token: reply.access_token, expiresAt: expiryOf(reply.expires_in) };
  };
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
