import { glob } from 'tinyglobby';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

/** Signatures next to files, which patterns such as `release/*` match as well. */
const SIGNATURE = /\.(?:jws|cose)\.sig$/;

/** Finds the files to sign or verify, which are not themselves signatures. */
export function findBlobs(patterns: readonly string[]): Promise<string[]> {
  return findFiles('blobs', patterns, (path) => !SIGNATURE.test(path));
}

/**
 * Finds the files that patterns match, in the order of the patterns.
 * @param patterns - Paths or patterns such as `k8s/*.yaml`; those that begin with `!` exclude files.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a pattern that matches nothing, and for exclusions alone
 */
export async function findFiles(
  input: string,
  patterns: readonly string[],
  isWanted: (path: string) => boolean = () => true,
): Promise<string[]> {
  const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  if (patterns.length > 0 && wanted.length === 0) throw argumentInvalid(`${input} only excludes files`);
  const found = new Set<string>();
  for (const pattern of wanted) {
    const matches = await glob(pattern, { ignore: excluded, dot: true, expandDirectories: false });
    const paths = matches.filter(isWanted);
    // A gate that finds nothing to verify must not pass.
    if (paths.length === 0) throw argumentInvalid(`${input} ${quote(pattern)} matches no file`);
    for (const path of paths.sort()) found.add(path);
  }
  return [...found];
}
