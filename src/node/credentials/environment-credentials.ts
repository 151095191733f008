import { env } from 'node:process';
import { canonicalHost } from '../../encoding/registry-host.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import type { CredentialSource } from '../../oci/registry/credentials.ts';

/** Options of {@link environmentCredentials}. */
export interface EnvironmentCredentialsOptions {
  /** The registries that get the credential, by host and port as references name them. */
  registries: readonly string[];
}

/**
 * Returns the credential in `NOTATION_USERNAME` and `NOTATION_PASSWORD`, as the `notation` CLI takes it. Unlike in the
 * CLI, only the named registries get it: a program that verifies references of others would send it to any registry.
 *
 * @param options - The registries.
 * @returns A value for the option `credentials` of `createRegistry`. The variables are read whenever a registry
 * requires a credential.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { environmentCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const credentials = environmentCredentials({ registries: ['registry.example.com'] });
 * console.log(typeof createRegistry({ credentials }).repository);
 * ```
 */
export function environmentCredentials({ registries }: EnvironmentCredentialsOptions): CredentialSource {
  if (!Array.isArray(registries)) throw argumentInvalid('registries must be an array of host names');
  const named = new Set(registries.map((registry) => canonicalHost(registry)));
  return (registry) => {
    const { NOTATION_USERNAME: username, NOTATION_PASSWORD: password } = env;
    const host = canonicalHost(registry);
    return username && password && host && named.has(host) ? { username, password } : undefined;
  };
}
