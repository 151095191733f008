import { encodeUtf8 } from '../encoding/bytes.ts';
import { parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkSecret } from '../net/secret.ts';
import type { CredentialSource } from '../oci/index.ts';

/** Options of {@link googleCredentials}: an access token or a key. */
export type GoogleCredentialsOptions =
  | {
      /**
       * An OAuth 2.0 access token of Google Cloud, or a function that gets one: called whenever a registry requires
       * credentials.
       */
      accessToken: string | (() => string | Promise<string>);
    }
  | {
      /** The key file of a service account: JSON. */
      serviceAccountKey: string;
    };

/** Artifact Registry also serves the hosts of the former Container Registry. */
const HOST = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*-docker\.pkg\.dev|(?:(?:us|eu|asia)\.)?gcr\.io)$/;
const MAX_KEY = 64 * 1024;
const UNIVERSE = 'googleapis.com';

const accountSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ type: s.string(), universe_domain: s.optional(s.string()) }),
);

/**
 * Makes a source of the credential for the Google Artifact Registry: for hosts of the form `<location>-docker.pkg.dev`,
 * and for `gcr.io`, `us.gcr.io`, `eu.gcr.io` and `asia.gcr.io`.
 *
 * @param options - An access token or the key of a service account.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://cloud.google.com/artifact-registry/docs/docker/authentication
 *
 * @example
 * ```ts
 * import { googleCredentials } from 'notarykit/registries';
 *
 * const find = googleCredentials({ accessToken: async () => 'ya29.example' });
 * console.log(await find('europe-docker.pkg.dev')); // { username: 'oauth2accesstoken', password: 'ya29.example' }
 * ```
 */
export function googleCredentials(options: GoogleCredentialsOptions): CredentialSource {
  if ('serviceAccountKey' in options) {
    const password = checkKey(options.serviceAccountKey);
    return (registry) => (HOST.test(registry) ? { username: '_json_key', password } : undefined);
  }
  const { accessToken } = options;
  if (typeof accessToken !== 'function') checkSecret(accessToken, 'accessToken');
  return async (registry) => {
    if (!HOST.test(registry)) return undefined;
    const token = typeof accessToken === 'function' ? await accessToken() : accessToken;
    return { username: 'oauth2accesstoken', password: checkSecret(token, 'accessToken') };
  };
}

/** Checks the key here, because a registry would only respond with 401. */
function checkKey(key: unknown): string {
  const account = typeof key === 'string' && key.length <= MAX_KEY ? readAccount(key) : undefined;
  if (typeof key !== 'string' || account?.type !== 'service_account') {
    throw argumentInvalid('serviceAccountKey must be the JSON of a service account key');
  }
  const { universe_domain: universe = UNIVERSE } = account;
  if (universe === UNIVERSE) return key;
  throw argumentInvalid(
    `serviceAccountKey is of the cloud ${quote(universe)}, whose registries have other hosts than those of ${UNIVERSE}`,
  );
}

function readAccount(key: string): s.Infer<ReturnType<typeof accountSchema>> | undefined {
  try {
    return parseDocument(accountSchema(), encodeUtf8(key), 'serviceAccountKey', 'ERR_ARGUMENT_INVALID');
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}
