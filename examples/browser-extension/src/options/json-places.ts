// Where the values of a JSON document are in its text, so that an editor can mark them.

/** A part of a text: from the first character to behind the last one. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The places of a document. */
export interface JsonPlaces {
  /** The place of a value with its name, or of the nearest value around it that is there. */
  find(path: readonly (string | number)[]): Place;
  /** Where the text stops being JSON, if it does. */
  readonly fault?: Place | undefined;
}

/** Deeper documents are no trust policies. */
const MAX_DEPTH = 32;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

interface Value {
  start: number;
  end: number;
  members: Map<string | number, Value>;
}

/** Scans a text as far as it is JSON. */
export function locateJson(text: string): JsonPlaces {
  const scanner = new Scanner(text);
  const { root, fault } = scanner.scan();
  return {
    find(path) {
      let found = root;
      for (const key of path) {
        const next = found.members.get(key);
        if (!next) break;
        found = next;
      }
      return { start: found.start, end: found.end };
    },
    fault,
  };
}

class Fault extends Error {}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): { root: Value; fault?: Place } {
    const root: Value = { start: 0, end: this.#text.length, members: new Map() };
    try {
      this.#skip(SPACE);
      root.start = this.#at;
      this.#value(root, 0);
      this.#skip(SPACE);
      if (this.#at < this.#text.length) throw new Fault();
      return { root };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const start = Math.min(this.#at, Math.max(0, this.#text.length - 1));
      return { root, fault: { start, end: Math.min(start + 1, this.#text.length) } };
    }
  }

  /** Scans a value; fills in where it ends, and its members. */
  #value(value: Value, depth: number): void {
    if (depth > MAX_DEPTH) throw new Fault();
    const first = this.#text[this.#at];
    if (first === '{') this.#list(value, '}', () => this.#name(), depth);
    else if (first === '[') this.#list(value, ']', (index) => index, depth);
    else if (!this.#skip(first === '"' ? STRING : SCALAR)) throw new Fault();
    value.end = this.#at;
  }

  #list(value: Value, close: string, key: (index: number) => string | number, depth: number): void {
    this.#at++;
    this.#skip(SPACE);
    for (let index = 0; this.#text[this.#at] !== close; index++) {
      if (index > 0) this.#expect(',');
      const member: Value = { start: this.#at, end: this.#at, members: new Map() };
      value.members.set(key(index), member);
      this.#value(member, depth + 1);
      this.#skip(SPACE);
    }
    this.#at++;
  }

  #name(): string {
    const start = this.#at;
    if (!this.#skip(STRING)) throw new Fault();
    const name: unknown = JSON.parse(this.#text.slice(start, this.#at));
    this.#skip(SPACE);
    this.#expect(':');
    return String(name);
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw new Fault();
    this.#at++;
    this.#skip(SPACE);
  }

  /** Skips what the pattern matches here; returns whether that was anything, which it need not be. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text);
    this.#at += matched?.[0].length ?? 0;
    return matched !== null;
  }
}
