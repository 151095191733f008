import { Oid } from '../../asn1/oids.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { checkValidAt, isIssuedBy, MAX_CHAIN } from '../chain.ts';
import { shortSubject } from '../name.ts';
import { checkTimestampingCertificateAuthority, checkTimestampingLeaf } from '../profile.ts';

/** Signatures that are checked while a chain is looked for: certificates that issued each other do not multiply. */
const MAX_CHECKS = 64;

/**
 * The certificate chain from the leaf of a time-stamping authority to one of the roots, which need not have come along.
 *
 * @param leaf - The certificate that signed the time-stamp.
 * @param others - Certificates that came along, in any order.
 * @param roots - Those that are trusted.
 * @param time - When all of them must be valid.
 * @throws NotationError `ERR_TIMESTAMP_UNTRUSTED` where no chain leads to a root, `ERR_CERTIFICATE_CHAIN_INVALID`,
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
  const why = search.exhausted ? 'no chain was found within the bounds' : 'no certificate chain leads';
  throw new NotationError(
    'ERR_TIMESTAMP_UNTRUSTED',
    `${why} from the time-stamping authority "${shortSubject(leaf)}" to a root that is trusted`,
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

  /** Every way on from a beginning of a chain that ends in a root. */
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
      ? `has the critical extension ${unknownCritical}, which is unknown`
      : purposes.includes(Oid.timeStamping) || purposes.includes(Oid.anyExtendedKeyUsage)
        ? undefined
        : 'is not for time-stamping';
    if (!reason) continue;
    throw new NotationError(
      'ERR_CERTIFICATE_CHAIN_INVALID',
      `the certificate "${shortSubject(certificate)}" of the time-stamping authority ${reason}`,
    );
  }
}

/** A trust store holds no other roots, but other callers may. */
async function checkRoot(chain: readonly Certificate[]): Promise<void> {
  const root = chain.at(-1);
  if (!root || (await isIssuedBy(root, root))) return;
  throw new NotationError(
    'ERR_CERTIFICATE_CHAIN_INVALID',
    `the certificate "${shortSubject(root)}" is no root of a time-stamping authority: it is not self-signed`,
  );
}

/** One that came with several certificates, by several CAs or by itself, stands in a chain once. */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.subject.der, b.subject.der) && equalBytes(a.publicKey.spki, b.publicKey.spki);
}

function isSame(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.der, b.der);
}
