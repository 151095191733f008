import type { CredentialSource } from './credentials.ts';

/**
 * Combines sources of credentials: they are called one after another, until one has a credential for the registry.
 *
 * @param sources - Such as those of `notarykit/node`, or functions of your own.
 * @returns For the option `credentials` of `createRegistry`.
 *
 * @example
 * ```ts
 * import { createRegistry, firstCredential } from 'notarykit/oci';
 *
 * const known = { 'registry.example.com': { username: 'ci', password: 'secret' } };
 * const credentials = firstCredential(
 *   (registry) => (registry === 'registry.example.com' ? known[registry] : undefined),
 *   () => undefined, // anonymous everywhere else
 * );
 * console.log(typeof createRegistry({ credentials }).repository);
 * ```
 */
export function firstCredential(...sources: readonly CredentialSource[]): CredentialSource {
  return async (registry) => {
    for (const source of sources) {
      const credential = await source(registry);
      if (credential) return credential;
    }
    return undefined;
  };
}
