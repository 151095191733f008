import { NotationError } from '../errors/index.ts';
import { decodeUtf8 } from './bytes.ts';

/** Nesting that a JSON document from outside may have at most. */
const MAX_DEPTH = 32;

const TOKEN =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/**
 * Parses a JSON document from outside: UTF-8 only, no duplicate member names (peers keep the last one, others
 * the first), no more than 32 levels.
 *
 * @param input - The document, as bytes or text.
 * @param what - The name of the document, for the error.
 * @returns The value, as `JSON.parse` gives it.
 * @throws {@link NotationError} `ERR_ENCODING_INVALID` or `ERR_LIMIT_EXCEEDED`
 */
export function parseJson(input: Uint8Array | string, what: string): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input, what);
  checkMemberNames(text, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotationError('ERR_ENCODING_INVALID', `the ${what} is not JSON`, { cause });
  }
}

/** Walks the tokens of a text. Grammar is left to JSON.parse; names are compared after their escapes. */
function checkMemberNames(text: string, what: string): void {
  const open: (Set<string> | undefined)[] = [];
  let previous = '';
  const token = new RegExp(TOKEN);
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) return; // white space at the end, or what JSON.parse refuses
    const [, mark, name] = match;
    if (mark === '{' || mark === '[') {
      open.push(mark === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH) {
        throw new NotationError(
          'ERR_LIMIT_EXCEEDED',
          `the ${what} is nested deeper than ${MAX_DEPTH} levels`,
        );
      }
    } else if (mark === '}' || mark === ']') {
      open.pop();
    }
    const names = open.at(-1);
    if (name !== undefined && names !== undefined && (previous === '{' || previous === ',')) {
      const plain = name.includes('\\') ? String(JSON.parse(name)) : name.slice(1, -1);
      if (names.has(plain)) {
        throw new NotationError(
          'ERR_ENCODING_INVALID',
          `the ${what} has the member ${name.slice(0, 80)} twice`,
        );
      }
      names.add(plain);
    }
    previous = mark ?? '';
  }
}
