import { decodeBase64 } from '../encoding/base64.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { untilAborted } from '../net/abort.ts';
import { parseServiceUrl } from '../net/addresses.ts';
import { type AwsCredentials, createServiceClock, type ServiceClock, signPost } from '../net/sigv4.ts';
import { createTokenCache, EXPIRY_MARGIN, type ExpiringToken } from '../net/token-cache.ts';
import type { HttpResponse } from '../net/transport.ts';
import type { Credential, CredentialSource } from '../oci/index.ts';
import { checkHost } from './check-options.ts';
import { readEcrHost } from './ecr-host.ts';
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
  /**
   * The URL of the API; by default that of the kind of host, such as `https://api.ecr.<region>.amazonaws.com`. Needs
   * `region`.
   */
  endpoint?: string | undefined;
  /**
   * Further hosts that get the credentials, such as those of a partition that is unknown here. Needs `region` and
   * `endpoint`.
   */
  hosts?: readonly string[] | undefined;
}

const SERVICE = 'Amazon ECR';
/** Milliseconds for which tokens are valid; none is kept longer, even if a response claims more. */
const LIFETIME = 12 * 60 * 60 * 1000;

const responseSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    authorizationData: s.refine(
      s.array(
        s.looseObject({
          authorizationToken: s.string({ max: 65536 }),
          expiresAt: s.optional(s.number()),
        }),
      ),
      ({ length }) => length === 1,
      'exactly one token expected',
    ),
  }),
);

/**
 * Makes a source of credentials for private registries of Amazon ECR: it requests an authorization token for the region
 * of the registry, and keeps it until a minute before its expiry. Hosts for FIPS and for IPv6 count as well. A host that
 * looks like one of ECR but belongs to no known partition is rejected, not treated as the registry of somebody else.
 *
 * @param options - The AWS credentials.
 * @returns For the option `credentials` of `createRegistry`. It fails with `ERR_REGISTRY_UNAUTHORIZED`,
 * `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`, or with
 * `ERR_ARGUMENT_INVALID` for such a host.
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
  const { region, registryId } = options;
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) {
    throw argumentInvalid('region must be the name of a region such as eu-west-1');
  }
  if (registryId !== undefined && !/^\d{12}$/.test(registryId)) {
    throw argumentInvalid('registryId must have 12 digits');
  }
  const placeOf = createPlaces(options);
  checkExchangeOptions(options);
  const tokens = createTokenCache<Credential>();
  const clock = createServiceClock();
  return async (registry) => {
    const place = placeOf(registry);
    if (!place) return undefined;
    const name = place.api.href;
    return tokens.get(name) ?? tokens.obtain(name, () => requestToken(place, clock, options));
  };
}

/** Where the token of a registry is requested. */
interface Place {
  region: string;
  api: URL;
}

/** Makes a function that says where the token of a registry is requested; `undefined` for a registry of somebody else. */
function createPlaces({ region, registryId, endpoint, hosts = [] }: EcrCredentialsOptions) {
  if (endpoint !== undefined && region === undefined) {
    throw argumentInvalid('endpoint requires the option region');
  }
  const api = endpoint === undefined ? undefined : parseServiceUrl(endpoint, 'endpoint');
  const listed = hosts.map((host) => checkHost(host));
  if (listed.length > 0 && !api) throw argumentInvalid('hosts requires the options region and endpoint');
  return (registry: string): Place | undefined => {
    if (api && region !== undefined && listed.includes(registry)) return { region, api };
    const found = readEcrHost(registry);
    if (!found || (registryId !== undefined && found.account !== registryId)) return undefined;
    if (region !== undefined && found.region !== region) return undefined;
    if (found.api !== undefined) return { region: found.region, api: api ?? new URL(`https://${found.api}`) };
    throw argumentInvalid(
      `${quote(registry)} looks like a registry of ${SERVICE}, but is in no known partition of AWS: if it is one, name it in hosts, with region and endpoint`,
    );
  };
}

async function requestToken(
  { region, api }: Place,
  clock: ServiceClock,
  options: EcrCredentialsOptions,
): Promise<ExpiringToken<Credential>> {
  const { credentials, signal } = options;
  const given =
    typeof credentials === 'function'
      ? await untilAborted(found(credentials), signal, 'the function credentials')
      : credentials;
  const prepare = () => signRequest(region, api, given, clock.now());
  const correct = ({ headers }: HttpResponse) => clock.correct(headers);
  const { authorizationData } = await exchange(responseSchema(), prepare, options, correct);
  const [data] = authorizationData;
  const token = pairOf(data?.authorizationToken ?? '');
  const latest = clock.now().getTime() + LIFETIME;
  const expires = Math.min((data?.expiresAt ?? 0) * 1000, latest) - (clock.now().getTime() - Date.now());
  return { token, usableUntil: expires - EXPIRY_MARGIN };
}

async function found(source: () => AwsCredentials | Promise<AwsCredentials>): Promise<AwsCredentials> {
  return source();
}

async function signRequest(
  region: string,
  url: URL,
  credentials: AwsCredentials,
  time: Date,
): Promise<Exchange> {
  const unsigned = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  };
  const post = { url, headers: unsigned, body: '{}', service: 'ecr', region };
  const { headers, secrets } = await signPost(post, credentials, time);
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
