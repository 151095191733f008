import { equalBytes } from '../encoding/bytes.ts';
import { isNotationError, type NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import type { IssuanceVerifier } from './issuance.ts';
import { isSameName } from './name.ts';

/** Limit of the certificates in a chain. */
export const MAX_CHAIN = 16;

/** A certificate chain: leaf first, anchor last. */
export type Path = readonly Certificate[];

/** The path to find. */
export interface PathSearch {
  /** The certificates to build it from, in any order; if several fit, the first one is tried first. */
  pool: readonly Certificate[];
  /** Reports whether a path ends with this certificate. */
  isAnchor(certificate: Certificate): boolean | Promise<boolean>;
  /** Checks any other requirement, such as validity at a time; throws a NotationError if the path violates it. */
  check(path: Path): void | Promise<void>;
  /** Verifies the signatures, within its budget. */
  issuance: IssuanceVerifier;
}

/** The result of a search. Without a path, `misfit`, `unverified` and `exceeded` say why, as far as each applies. */
export interface PathResult {
  path?: Path;
  /** Why the first path to an anchor failed the check. */
  misfit?: NotationError;
  /** Why the first unverifiable signature cannot be verified: its algorithm is not allowed, or its key is unusable. */
  unverified?: NotationError;
  /** The search was given up because its budget was spent. */
  exceeded?: NotationError;
  /** The longest path that led to no anchor; if it is longer than {@link MAX_CHAIN}, it was given up for that. */
  deadEnd: Path;
}

/**
 * Finds the shortest path from a certificate to an anchor, each certificate issued by the next, that passes a check
 * (RFC 5280, section 6.1; RFC 4158).
 */
export async function findPath(leaf: Certificate, search: PathSearch): Promise<PathResult> {
  const result: PathResult = { deadEnd: [leaf] };
  try {
    for await (const path of pathsFrom(leaf, search, result)) {
      const misfit = await failureOf(async () => search.check(path));
      if (!misfit) return { ...result, path };
      result.misfit ??= misfit;
    }
  } catch (error) {
    if (!isNotationError(error, 'ERR_LIMIT_EXCEEDED')) throw error;
    result.exceeded = error;
  }
  return result;
}

/** Yields the paths to anchors, the shortest first; signatures are verified lazily. */
async function* pathsFrom(
  leaf: Certificate,
  search: PathSearch,
  result: PathResult,
): AsyncGenerator<Path, void, undefined> {
  const heads: Head[] = [];
  const leadsToAnchor = async (head: Head): Promise<boolean> => {
    if (await holds(async () => search.isAnchor(head.last), result)) return true;
    heads.push(head);
    result.deadEnd = head.path;
    return false;
  };
  if (await leadsToAnchor({ path: [leaf], last: leaf })) yield [leaf];
  // Breadth first: the list grows at its end during the iteration.
  for (const head of heads) {
    for (const issuer of await issuersOf(head, search, result)) {
      const path = [...head.path, issuer];
      if (path.length > MAX_CHAIN) {
        result.deadEnd = path;
        return;
      }
      if (await leadsToAnchor({ path, last: issuer })) yield path;
    }
  }
}

/** The beginning of a path, which may lead to an anchor. */
interface Head {
  path: Path;
  last: Certificate;
}

async function issuersOf(
  { path, last }: Head,
  { pool, issuance }: PathSearch,
  result: PathResult,
): Promise<Certificate[]> {
  const named = pool.filter(({ subject }) => isSameName(subject, last.issuer));
  const candidates = withoutDuplicates(named).filter((candidate) => {
    issuance.budget.spendStep();
    return !path.some((member) => isSameEntity(member, candidate));
  });
  const issued = await Promise.all(
    candidates.map((candidate) => holds(() => issuance.isIssuedBy(last, candidate), result)),
  );
  return candidates.filter((_, i) => issued[i]);
}

/** Counts a signature that cannot be verified as false, and records why. */
async function holds(verify: () => Promise<boolean>, result: PathResult): Promise<boolean> {
  let held = false;
  const failure = await failureOf(async () => {
    held = await verify();
  });
  if (failure) result.unverified ??= failure;
  return held;
}

/** Returns the failure of a path, if it fails. An exhausted budget is thrown: it fails the whole search. */
async function failureOf(work: () => Promise<void>): Promise<NotationError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isNotationError(error) || error.code === 'ERR_LIMIT_EXCEEDED') throw error;
    return error;
  }
}

function withoutDuplicates(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter(
    (certificate, i) => certificates.findIndex((other) => equalBytes(other.der, certificate.der)) === i,
  );
}

/** Reports whether certificates belong to the same CA, as cross-signed ones do: a path never visits a CA twice. */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return isSameName(a.subject, b.subject) && equalBytes(a.publicKey.spki, b.publicKey.spki);
}
