/** A version of Semantic Versioning 2.0.0, without its build metadata, which have no precedence. */
export interface SemanticVersion {
  /** Major, minor, patch. */
  numbers: readonly bigint[];
  prerelease: readonly string[];
}

const NUMBER = '(0|[1-9][0-9]*)';
const IDENTIFIER = '(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)';
const PATTERN = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);
const MAX_LENGTH = 256;

/** Parses a version; returns `undefined` if it is not a semantic version. */
export function parseVersion(text: string): SemanticVersion | undefined {
  const match = text.length <= MAX_LENGTH ? PATTERN.exec(text) : null;
  if (!match) return undefined;
  const [, major = '', minor = '', patch = '', prerelease] = match;
  return { numbers: [major, minor, patch].map(BigInt), prerelease: prerelease?.split('.') ?? [] };
}

/** Compares two versions: negative if the first is lower, positive if it is higher, 0 if they are equal (section 11). */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  return comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (const [i, identifier] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Compares numbers by value and before strings, strings by their bytes. */
function compareIdentifiers(a: string, b: string): number {
  const [numeric, otherNumeric] = [a, b].map((identifier) => /^[0-9]+$/.test(identifier));
  if (numeric !== otherNumeric) return numeric ? -1 : 1;
  const [one, other] = numeric ? [BigInt(a), BigInt(b)] : [a, b];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
