import { parseJson } from '../encoding/json.ts';
import { isNotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
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

const HOST = /^[a-z0-9]+(?:-[a-z0-9]+)*-docker\.pkg\.dev$/;
const MAX_KEY = 64 * 1024;

/**
 * Makes a source of the credential for the Google Artifact Registry, for hosts of the form `<location>-docker.pkg.dev`
 * only.
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
  if (typeof key === 'string' && key.length <= MAX_KEY && isServiceAccount(key)) return key;
  throw argumentInvalid('serviceAccountKey must be the JSON of a service account key');
}

function isServiceAccount(key: string): boolean {
  try {
    const parsed = parseJson(key, 'serviceAccountKey');
    return (
      typeof parsed === 'object' && parsed !== null && 'type' in parsed && parsed.type === 'service_account'
    );
  } catch (error) {
    if (isNotationError(error)) return false;
    throw error;
  }
}
