import { BoundedCache } from '../encoding/bounded-cache.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkTimeout, MAX_TIMEOUT } from '../net/abort.ts';
import { parseServiceUrl } from '../net/addresses.ts';
import { readJson } from '../net/json.ts';
import type { HttpTransport } from '../net/send.ts';
import { sendRequest } from '../net/transport.ts';
import type { KubernetesSecret, KubernetesSecrets, KubernetesServiceAccount } from './pull-secrets.ts';

/** The options of {@link createKubernetesSecrets}. */
export interface KubernetesSecretsOptions {
  /** The URL of the API server; `https://kubernetes.default.svc` by default. */
  server?: string | undefined;
  /** The token of a service account, or a function that returns the current one: the kubelet renews it every hour. */
  token: string | (() => string | Promise<string>);
  /** Used instead of `globalThis.fetch`, for the certificate authority of the cluster. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Sends the requests unless `fetch` is given, such as `createHttpTransport` of `notarykit/node`. */
  transport?: HttpTransport | undefined;
  /** Milliseconds for a request; 1,000 by default. */
  timeout?: number | undefined;
  /** For how many milliseconds what was read is used again; 30,000 by default, 0 for never. */
  maxAge?: number | undefined;
}

const SERVER = 'https://kubernetes.default.svc';
const ERRORS = { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' } as const;
const PEER = 'the Kubernetes API';
/** A secret has at most 1 MiB, in base64. */
const MAX_RESPONSE = 2 * 1024 * 1024;
const MAX_KEPT = 8 * 1024 * 1024;

const secretSchema = /* @__PURE__ */ lazy(() =>
  s.object({ type: s.optional(s.string()), data: s.optional(s.record(s.string())) }),
);
const accountSchema = /* @__PURE__ */ lazy(() =>
  s.object({ imagePullSecrets: s.optional(s.array(s.object({ name: s.optional(s.string()) }))) }),
);

/**
 * Reads pull secrets over the API of Kubernetes. The service account whose token is used needs the verb `get` for `secrets` and
 * `serviceaccounts`, best by a `RoleBinding` in each namespace that is reviewed.
 *
 * @param options - The API server, a token, and the `fetch` that trusts the certificate authority of the cluster.
 * @returns For the option `secrets` of `createAdmissionWebhook`. Its functions reject with `ERR_REGISTRY_UNAUTHORIZED`,
 * `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT` or `ERR_ABORTED`. No error
 * contains a secret.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { createKubernetesSecrets } from 'notarykit/admission';
 *
 * const secrets = createKubernetesSecrets({ token: async () => 'of /var/run/secrets/kubernetes.io/serviceaccount/token' });
 * console.log(typeof secrets.secret); // function
 * ```
 */
export function createKubernetesSecrets(options: KubernetesSecretsOptions): KubernetesSecrets {
  const { server = SERVER, token, fetch, transport, timeout = 1000, maxAge = 30_000 } = options ?? {};
  const base = parseServiceUrl(server, 'server').href.replace(/\/$/, '');
  if (typeof token !== 'function' && (typeof token !== 'string' || token === '')) {
    throw argumentInvalid('token must be a token, or a function that returns one');
  }
  checkTimeout(timeout);
  if (typeof maxAge !== 'number' || !(maxAge >= 0 && maxAge <= MAX_TIMEOUT)) {
    throw argumentInvalid(`maxAge must be a number of milliseconds from 0 to ${MAX_TIMEOUT}`);
  }
  const kept = new BoundedCache<unknown>(MAX_KEPT);

  async function get<T>(
    schema: s.Schema<T>,
    resource: 'secrets' | 'serviceaccounts',
    [namespace, name]: readonly [string, string],
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const path = `/api/v1/namespaces/${segment(namespace)}/${resource}/${segment(name)}`;
    const known = kept.get(path);
    if (known !== undefined) return known as T;
    const bearer = (typeof token === 'function' ? await token() : token).trim();
    const response = await sendRequest(
      {
        method: 'GET',
        url: new URL(base + path),
        peer: PEER,
        headers: { accept: 'application/json' },
        authorization: `Bearer ${bearer}`,
        maxBytes: MAX_RESPONSE,
        signal,
      },
      { errors: ERRORS, timeout, fetch: fetch ?? transport },
    );
    if (response.status === 404) return undefined;
    if (response.status !== 200)
      throw failed(response.status, `${resource} ${quote(`${namespace}/${name}`)}`);
    const value = readJson(schema, response, ERRORS.response);
    if (maxAge > 0) kept.set(path, value, { bytes: 2 * response.body.length, expires: Date.now() + maxAge });
    return value;
  }

  return {
    secret: (namespace, name, { signal }): Promise<KubernetesSecret | undefined> =>
      get(secretSchema(), 'secrets', [namespace, name], signal),
    serviceAccount: (namespace, name, { signal }): Promise<KubernetesServiceAccount | undefined> =>
      get(accountSchema(), 'serviceaccounts', [namespace, name], signal),
  };
}

/** `.` and `..` would lead to another resource. */
function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw argumentInvalid(`${quote(name)} is not the name of an object`);
  return encodeURIComponent(name);
}

function failed(status: number, what: string): NotationError {
  if (status !== 401 && status !== 403) {
    return new NotationError(ERRORS.response, `${PEER} responded with ${status} to the request for ${what}`);
  }
  return new NotationError(
    'ERR_REGISTRY_UNAUTHORIZED',
    `${PEER} refuses to let ${what} be read (${status})`,
    {
      nextStep:
        'Allow the service account of the webhook to get secrets and service accounts in this namespace.',
    },
  );
}
