import { DerReader, isPem, Tag } from '../../asn1/der-reader.ts';
import { isBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import type { CertificateInput } from '../certificate.ts';
import type { RevocationChecker } from './certificate-status.ts';
import type { GivenResponse } from './given-source.ts';
import { checkerOf, lazyLookup } from './status-lookup.ts';

/** Options of {@link createOfflineRevocationChecker}. */
export interface OfflineRevocationCheckerOptions {
  /** Returns the time of a check without `now`; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

const MAX_RESPONSES = 1000;
/** Limit of all responses together, in bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Makes a checker that uses OCSP responses and CRLs fetched before, and sends no requests: for machines without a
 * network, and for the edge. They are verified as if they had just been fetched, and they expire.
 *
 * @param responses - OCSP responses and CRLs, DER, in any order, 1000 at most; from `fetchRevocationResponses`, or from
 * files. They are parsed by the first check of a certificate that names a URL, which fails with `ERR_OCSP_INVALID`,
 * `ERR_CRL_INVALID` or `ERR_LIMIT_EXCEEDED` if one of them is malformed or too large.
 * @param options - A clock.
 * @returns The checker, for the option `revocation` of a verifier. A status that they do not determine is unknown.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for bytes that are neither an OCSP response nor a CRL, for anything else
 * that is not a list of bytes, and for an option of the wrong type; `ERR_LIMIT_EXCEEDED`
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation":
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#certificate-revocation-evaluation
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { createOfflineRevocationChecker } from 'notarykit/x509/revocation';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256', crl: ['http://crl.example'] });
 * const checker = createOfflineRevocationChecker([]); // such as [await readFile('leaf.ocsp'), await readFile('ca.crl')]
 * const [leaf] = await checker.check(certificates);
 * console.log(leaf?.status); // unknown: no CRL of its issuer was given
 * ```
 */
export function createOfflineRevocationChecker(
  responses: Iterable<Uint8Array>,
  options: OfflineRevocationCheckerOptions = {},
): RevocationChecker<CertificateInput> {
  const { clock } = options;
  const given = copyResponses(responses);
  const lookup = lazyLookup(async () => {
    const { lookUpInResponses } = await import('./given-source.ts');
    return lookUpInResponses(given);
  });
  return checkerOf(lookup, { clock });
}

function copyResponses(responses: Iterable<Uint8Array>): GivenResponse[] {
  if (typeof responses?.[Symbol.iterator] !== 'function') {
    throw argumentInvalid('give a list of OCSP responses and CRLs');
  }
  const copies: GivenResponse[] = [];
  let bytes = 0;
  for (const given of responses) {
    if (copies.length === MAX_RESPONSES) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `more than ${MAX_RESPONSES} responses were given`);
    }
    bytes += isBytes(given) ? given.length : 0;
    if (bytes > MAX_BYTES) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `more than ${MAX_BYTES} bytes of responses were given`);
    }
    // A copy, which the caller cannot change.
    const der = isBytes(given) ? new Uint8Array(given) : new Uint8Array();
    const kind = kindOf(der);
    if (!kind) {
      const form = isPem(der) ? ', but PEM' : '';
      throw argumentInvalid(
        `response ${copies.length + 1} is neither an OCSP response nor a CRL in DER${form}`,
      );
    }
    copies.push({ kind, der });
  }
  return copies;
}

/** An OCSP response begins with an ENUMERATED, a CRL with a SEQUENCE. */
function kindOf(der: Uint8Array): GivenResponse['kind'] | undefined {
  try {
    const first = new DerReader(der, 'response', 'ERR_ARGUMENT_INVALID').enter(Tag.sequence).peek();
    return first === Tag.enumerated ? 'ocsp' : first === Tag.sequence ? 'crl' : undefined;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}
