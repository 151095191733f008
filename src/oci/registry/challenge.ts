/** A way to authenticate that a registry offers (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** The name of the scheme, in lower case. */
  scheme: string;
  /** The parameters by name, in lower case. */
  parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8192;
/** A scheme, with its token68 if it has one, or a parameter with its value in quotes or without. */
const PART =
  /([\w!#$%&'*+.^`|~-]+)(?:[ \t]+[\w.~+/-]+=*(?=\s*(?:,|$))|\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+./^`|~:-]*)))?/g;

/**
 * Parses the challenges of a WWW-Authenticate header, in order. Malformed parts are skipped.
 * @param header - One value, or several joined by commas.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name = '', quoted, plain] of header.slice(0, MAX_LENGTH).matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
