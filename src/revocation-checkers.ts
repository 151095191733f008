import { lazyRevocationChecker } from './default-abilities.ts';
import { argumentInvalid } from './errors/notation-error.ts';
import type { RevocationChecker } from './x509/revocation/certificate-status.ts';
import type { RevocationCheckerOptions } from './x509/revocation/checker.ts';
import type { Collectable } from './x509/revocation/collect.ts';
import type { FromResponsesOptions } from './x509/revocation/from-responses.ts';

// The same as in `notarykit/x509/revocation`, whose code is loaded when it is first needed.

/**
 * Makes a checker that asks the OCSP responders and CRL distribution points which certificates name. Verification does
 * so by default: make one to share what it learns between verifiers, or to set time-outs and a cache.
 *
 * @param options - `fetch`, time-out, cache and clock; see `notarykit/x509/revocation`.
 * @returns The checker, for the option `revocation`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, when it is first asked, for an option that is none
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 *
 * @example
 * ```ts
 * import { createRevocationChecker, createTrustStore, createVerifier, parseTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const revocation = createRevocationChecker({ timeout: 1000 });
 * const verifier = createVerifier({
 *   revocation,
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(typeof verifier.verify); // function
 * ```
 */
export function createRevocationChecker(options: RevocationCheckerOptions = {}): RevocationChecker {
  return lazyRevocationChecker(options);
}

/**
 * Makes a checker that answers from OCSP replies and CRLs which were collected before, and asks nobody: for machines
 * without a network, and for the edge.
 *
 * @param responses - OCSP replies and CRLs, DER, in any order; from {@link collectRevocation}, or from files.
 * @param options - A clock.
 * @returns The checker, for the option `revocation`. What they do not tell is unknown.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for what is not a list, and when it is first asked for bytes that are neither
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 *
 * @example
 * ```ts
 * import { fromResponses } from 'notarykit';
 *
 * const revocation = fromResponses([]); // such as [await readFile('leaf.ocsp'), await readFile('ca.crl')]
 * console.log(typeof revocation.check); // function
 * ```
 */
export function fromResponses(
  responses: Iterable<Uint8Array>,
  options: FromResponsesOptions = {},
): RevocationChecker {
  if (typeof responses?.[Symbol.iterator] !== 'function') {
    throw argumentInvalid('give a list of OCSP responses and CRLs');
  }
  const given = Array.from(responses, copyOf);
  let checker: Promise<RevocationChecker> | undefined;
  return {
    async check(chain, how) {
      checker ??= import('./x509/revocation/from-responses.ts').then((module) =>
        module.fromResponses(given, options),
      );
      return (await checker).check(chain, how);
    },
  };
}

/** What is not bytes is refused when the checker is loaded. */
function copyOf(response: Uint8Array): Uint8Array {
  return response instanceof Uint8Array ? new Uint8Array(response) : response;
}

/**
 * Collects what tells the revocation status of certificates: the OCSP replies and CRLs that the addresses in them
 * give, for {@link fromResponses}.
 *
 * @param from - A report of `evaluate` or `verify`, of which the chains that are trusted count, those of time-stamps
 * too; or a certificate chain, leaf first.
 * @param options - As for {@link createRevocationChecker}.
 * @returns The replies, DER, each once.
 * @throws NotationError `ERR_REVOCATION_UNKNOWN` or `ERR_REVOCATION_EXPIRED_CERTIFICATE` where the status of a certificate
 * cannot be determined, `ERR_ABORTED`
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 *
 * @example
 * ```ts
 * import { collectRevocation, fromResponses } from 'notarykit';
 * import { generateTestChain } from 'notarykit/testing';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * const responses = await collectRevocation(certificates);
 * const revocation = fromResponses(responses);
 * console.log(responses.length, typeof revocation.check); // 0 function: these certificates name no address
 * ```
 */
export async function collectRevocation(
  from: Collectable,
  options: RevocationCheckerOptions = {},
): Promise<Uint8Array[]> {
  const module = await import('./x509/revocation/collect.ts');
  return module.collectRevocation(from, options);
}
