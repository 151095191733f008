import * as z from 'zod/mini';
import { decodeBase64 } from '../encoding/base64.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import { lazy } from '../encoding/lazy.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { untilAborted } from '../net/abort.ts';
import { parseServiceUrl } from '../net/addresses.ts';
import { type AwsCredentials, signPost } from '../net/sigv4.ts';
import { createTokenCache, EXPIRY_MARGIN, type ExpiringToken } from '../net/token-cache.ts';
import type { Credential, CredentialSource } from '../oci/index.ts';
import { checkExchangeOptions, type Exchange, type ExchangeOptions, exchange } from './exchange.ts';

export type { AwsCredentials as EcrAwsCredentials } from '../net/sigv4.ts';

/** Options of {@link ecrCredentials}. */
export interface EcrCredentialsOptions extends ExchangeOptions {
  /** Credentials with the permission `ecr:GetAuthorizationToken`, or a function that gets them: called for each token. */
  credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
  /** Such as `eu-west-1`: credentials are for registries of this region only; of all regions by default. */
  region?: string | undefined;
  /** The 12 digits of an account: credentials are for its registries only; for those of all accounts by default. */
  registryId?: string | undefined;
  /** The URL of the API; `https://api.ecr.<region>.amazonaws.com` by default. Needs `region`. */
  endpoint?: string | undefined;
}

const SERVICE = 'Amazon ECR';
const HOST = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]{1,64})\.(amazonaws\.com(?:\.cn)?)$/;
/** Milliseconds for which tokens are valid; none is kept longer, even if a response claims more. */
const LIFETIME = 12 * 60 * 60 * 1000;

const responseSchema = /* @__PURE__ */ lazy(() =>
  z.looseObject({
    authorizationData: z
      .array(
        z.looseObject({
          authorizationToken: z.string().check(z.maxLength(65536)),
          expiresAt: z.optional(z.number()),
        }),
      )
      .check(z.length(1)),
  }),
);

/**
 * Makes a source of credentials for private registries of Amazon ECR: it requests an authorization token for the region
 * of the registry, and keeps it until a minute before its expiry.
 *
 * @param options - The AWS credentials.
 * @returns For the option `credentials` of `createRegistry`. It fails with `ERR_REGISTRY_UNAUTHORIZED`,
 * `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT` or `ERR_ABORTED`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 *
 * @example
 * ```ts
 * import { createRegistry } from 'notarykit/oci';
 * import { ecrCredentials } from 'notarykit/registries';
 *
 * const credentials = ecrCredentials({
 *   credentials: async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
 *   region: 'eu-west-1',
 * });
 * console.log(typeof createRegistry({ credentials }).repository); // function
 * ```
 */
export function ecrCredentials(options: EcrCredentialsOptions): CredentialSource {
  const { region, registryId, endpoint } = options;
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) {
    throw argumentInvalid('region must be the name of a region such as eu-west-1');
  }
  if (registryId !== undefined && !/^\d{12}$/.test(registryId)) {
    throw argumentInvalid('registryId must have 12 digits');
  }
  if (endpoint !== undefined && region === undefined) {
    throw argumentInvalid('endpoint needs the region that it belongs to, as region');
  }
  const api = endpoint === undefined ? undefined : parseServiceUrl(endpoint, 'endpoint');
  checkExchangeOptions(options);
  const tokens = createTokenCache<Credential>();
  return async (registry) => {
    const [, account, place, suffix] = HOST.exec(registry) ?? [];
    if (place === undefined || (region !== undefined && place !== region)) return undefined;
    if (registryId !== undefined && account !== registryId) return undefined;
    if (place.startsWith('cn-') !== (suffix === 'amazonaws.com.cn')) return undefined;
    const url = api ?? new URL(`https://api.ecr.${place}.${suffix}`);
    return tokens.get(place) ?? tokens.obtain(place, () => requestToken(place, url, options));
  };
}

async function requestToken(
  region: string,
  url: URL,
  options: EcrCredentialsOptions,
): Promise<ExpiringToken<Credential>> {
  const { credentials, signal } = options;
  const given =
    typeof credentials === 'function'
      ? await untilAborted(found(credentials), signal, 'the function credentials')
      : credentials;
  const request = await signRequest(region, url, given);
  const { authorizationData } = await exchange(responseSchema(), request, options);
  const [data] = authorizationData;
  const token = pairOf(data?.authorizationToken ?? '');
  const latest = Date.now() + LIFETIME;
  return { token, usableUntil: Math.min((data?.expiresAt ?? 0) * 1000, latest) - EXPIRY_MARGIN };
}

async function found(source: () => AwsCredentials | Promise<AwsCredentials>): Promise<AwsCredentials> {
  return source();
}

async function signRequest(region: string, url: URL, credentials: AwsCredentials): Promise<Exchange> {
  const unsigned = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  };
  const post = { url, headers: unsigned, body: '{}', service: 'ecr', region };
  const { headers, secrets } = await signPost(post, credentials, new Date());
  return { service: SERVICE, url, headers, body: '{}', secrets: [...secrets, credentials.accessKeyId] };
}

/** Reads a token, which is `user:password` in base64. */
function pairOf(token: string): Credential {
  try {
    const pair = decodeUtf8(decodeBase64(token));
    const colon = pair.indexOf(':');
    if (colon > 0 && /^[\x21-\x7e]+$/.test(pair)) {
      return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
    }
  } catch (error) {
    if (!isNotationError(error)) throw error;
  }
  // The error has no cause: that would show the token.
  const message = `${SERVICE} returned a malformed token (want base64 of user:password)`;
  throw new NotationError('ERR_REGISTRY_RESPONSE', message);
}
