import { Oid } from '../../asn1/oids.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { checkValidAt, isIssuedBy, MAX_CHAIN } from '../chain.ts';
import { shortSubject } from '../name.ts';
import { checkTimestampingCertificateAuthority, checkTimestampingLeaf } from '../profile.ts';

/** Limit of the signatures that are verified in a search, against certificates that issued each other. */
const MAX_CHECKS = 64;

/**
 * Finds the certificate chain from the leaf of a timestamp authority to one of the roots, which the token need not contain.
 *
 * @param leaf - The certificate that signed the timestamp.
 * @param others - The certificates in the token, in any order.
 * @param roots - The trusted roots.
 * @param time - When all certificates of the chain must be valid.
 * @throws NotationError `ERR_TIMESTAMP_UNTRUSTED` if no chain leads to a root, `ERR_CERTIFICATE_CHAIN_INVALID`,
 * `ERR_CERTIFICATE_NOT_VALID_AT_TIME`
 * @see Signature specification, "Certificate Requirements"; RFC 3161, section 2.3
 */
export async function findAuthorityChain(
  leaf: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  time: Date,
): Promise<Certificate[]> {
  checkTimestampingLeaf(leaf);
  const search = new ChainSearch([...roots, ...others], roots);
  const chains = await search.from([leaf]);
  let failure: unknown;
  for (const chain of chains) {
    try {
      checkAuthorityChain(chain, time);
      await checkRoot(chain);
      return chain;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  const why = search.exhausted ? 'no chain was found within the limits' : 'no certificate chain leads';
  throw new NotationError(
    'ERR_TIMESTAMP_UNTRUSTED',
    `${why} from the timestamp authority "${shortSubject(leaf)}" to a trusted root`,
  );
}

class ChainSearch {
  readonly #candidates: readonly Certificate[];
  readonly #roots: readonly Certificate[];
  #checks = 0;

  constructor(candidates: readonly Certificate[], roots: readonly Certificate[]) {
    this.#candidates = candidates;
    this.#roots = roots;
  }

  get exhausted(): boolean {
    return this.#checks >= MAX_CHECKS;
  }

  /** Finds every chain that begins with the given one and ends in a root. */
  async from(chain: readonly Certificate[]): Promise<Certificate[][]> {
    const last = chain.at(-1);
    if (!last) return [];
    if (this.#roots.some((root) => isSame(root, last))) return [[...chain]];
    const found: Certificate[][] = [];
    for (const issuer of chain.length < MAX_CHAIN ? this.#issuersOf(last, chain) : []) {
      if (await this.#isIssuer(last, issuer)) found.push(...(await this.from([...chain, issuer])));
    }
    return found;
  }

  #issuersOf(certificate: Certificate, chain: readonly Certificate[]): Certificate[] {
    return this.#candidates.filter(
      (candidate, i) =>
        equalBytes(candidate.subject.der, certificate.issuer.der) &&
        !chain.some((member) => isSameEntity(member, candidate)) &&
        this.#candidates.findIndex((other) => isSame(other, candidate)) === i,
    );
  }

  async #isIssuer(certificate: Certificate, issuer: Certificate): Promise<boolean> {
    if (this.exhausted) return false;
    this.#checks += 1;
    try {
      return await isIssuedBy(certificate, issuer);
    } catch (error) {
      // Signed with an algorithm that is not allowed, or under a key that cannot be used.
      if (!isNotationError(error)) throw error;
      return false;
    }
  }
}

function checkAuthorityChain(chain: readonly Certificate[], time: Date): void {
  checkValidAt(chain, time);
  for (const [i, certificate] of chain.entries()) {
    if (i > 0) checkTimestampingCertificateAuthority(certificate, i - 1);
    const { extendedKeyUsage, unknownCritical } = certificate;
    const purposes = extendedKeyUsage?.purposes ?? [Oid.timeStamping];
    const reason = unknownCritical
      ? `has the unknown critical extension ${unknownCritical}`
      : purposes.includes(Oid.timeStamping) || purposes.includes(Oid.anyExtendedKeyUsage)
        ? undefined
        : 'is not for timestamping';
    if (!reason) continue;
    throw new NotationError(
      'ERR_CERTIFICATE_CHAIN_INVALID',
      `the certificate "${shortSubject(certificate)}" of the timestamp authority ${reason}`,
    );
  }
}

/** Checks that the root is self-signed. Trust stores guarantee this; direct callers may pass other certificates. */
async function checkRoot(chain: readonly Certificate[]): Promise<void> {
  const root = chain.at(-1);
  if (!root || (await isIssuedBy(root, root))) return;
  throw new NotationError(
    'ERR_CERTIFICATE_CHAIN_INVALID',
    `the certificate "${shortSubject(root)}" is not a root of a timestamp authority: it is not self-signed`,
  );
}

/** Cross-signed certificates of one CA count as one, so that a path never visits a CA twice. */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.subject.der, b.subject.der) && equalBytes(a.publicKey.spki, b.publicKey.spki);
}

function isSame(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.der, b.der);
}
