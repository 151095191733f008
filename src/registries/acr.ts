import { decodeBase64Url } from '../encoding/base64.ts';
import { parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { untilAborted } from '../net/abort.ts';
import { checkSecret, HEADER_SECRET } from '../net/secret.ts';
import { createTokenCache, EXPIRY_MARGIN, type ExpiringToken } from '../net/token-cache.ts';
import type { Credential, CredentialSource } from '../oci/index.ts';
import { checkHost } from './check-options.ts';
import { checkExchangeOptions, type ExchangeOptions, exchange } from './exchange.ts';

/** Options of {@link acrCredentials}. */
export interface AcrCredentialsOptions extends ExchangeOptions {
  /** The login server, such as `acme.azurecr.io`. */
  host: string;
  /** An access token of Microsoft Entra, or a function that gets one: called for each exchange. */
  entraToken: string | (() => string | Promise<string>);
  /** The tenant of the token. */
  tenant?: string | undefined;
}

const SERVICE = 'the Azure Container Registry';
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us)$/;
const TENANT = /^[A-Za-z0-9.-]{1,255}$/;

const responseSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    refresh_token: s.refine(s.string(), (token) => HEADER_SECRET.test(token), 'a token expected'),
  }),
);
const claimsSchema = /* @__PURE__ */ lazy(() => s.looseObject({ exp: s.number() }));

/**
 * Makes a source of the credential for one Azure Container Registry: it exchanges a token of Microsoft Entra for a refresh
 * token of the registry, and keeps it until a minute before its expiry.
 *
 * @param options - The login server and the token of Entra.
 * @returns For the option `credentials` of `createRegistry`. It fails with `ERR_REGISTRY_UNAUTHORIZED`,
 * `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT` or `ERR_ABORTED`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://azure.github.io/acr/AAD-OAuth.html
 *
 * @example
 * ```ts
 * import { createRegistry } from 'notarykit/oci';
 * import { acrCredentials } from 'notarykit/registries';
 *
 * const credentials = acrCredentials({
 *   host: 'acme.azurecr.io',
 *   entraToken: async () => 'access token of Entra',
 * });
 * console.log(typeof createRegistry({ credentials }).repository); // function
 * ```
 */
export function acrCredentials(options: AcrCredentialsOptions): CredentialSource {
  const host = checkHost(options.host);
  if (!HOST.test(host)) throw argumentInvalid('host must be a login server such as acme.azurecr.io');
  const { entraToken, tenant } = options;
  if (typeof entraToken !== 'function') checkSecret(entraToken, 'entraToken');
  if (tenant !== undefined && !TENANT.test(tenant)) {
    throw argumentInvalid('tenant must be the identifier or a domain of a tenant');
  }
  checkExchangeOptions(options);
  const tokens = createTokenCache<Credential>();
  return async (registry) => {
    if (registry !== host) return undefined;
    return tokens.get(host) ?? tokens.obtain(host, () => exchangeToken(host, options));
  };
}

async function exchangeToken(
  host: string,
  options: AcrCredentialsOptions,
): Promise<ExpiringToken<Credential>> {
  const { entraToken, tenant, signal } = options;
  const got =
    typeof entraToken === 'function'
      ? untilAborted(tokenOf(entraToken), signal, 'the function entraToken')
      : entraToken;
  const token = checkSecret(await got, 'entraToken');
  const form = { grant_type: 'access_token', service: host, ...(tenant && { tenant }), access_token: token };
  const { refresh_token: identityToken } = await exchange(
    responseSchema(),
    async () => ({
      service: SERVICE,
      url: new URL(`https://${host}/oauth2/exchange`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      secrets: [token],
    }),
    options,
  );
  if (identityToken === token) {
    throw new NotationError('ERR_REGISTRY_RESPONSE', `${SERVICE} returned the token that it was sent`);
  }
  return { token: { identityToken }, usableUntil: expiryOf(identityToken) - EXPIRY_MARGIN };
}

async function tokenOf(source: () => string | Promise<string>): Promise<string> {
  return source();
}

/** Returns when a token expires, in milliseconds since 1970; one that does not say so is used once. */
function expiryOf(token: string): number {
  try {
    const claims = decodeBase64Url(token.split('.')[1] ?? '');
    return parseDocument(claimsSchema(), claims, 'token', 'ERR_REGISTRY_RESPONSE').exp * 1000;
  } catch (error) {
    if (isNotationError(error)) return 0;
    throw error;
  }
}
