import type { Place } from './found.ts';

/** A word of an instruction, as it is written. */
export interface Word {
  text: string;
  place: Place;
}

/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In upper case. */
  name: string;
  /** What follows the name, separated by white space outside quotes. */
  words: Word[];
  place: Place;
}

/** A Dockerfile, as its instructions. */
export interface Dockerfile {
  /** The image of the `syntax` directive. */
  syntax: Word | undefined;
  /** The escape character: a backslash, or a backtick by the `escape` directive. */
  escapeMark: string;
  instructions: Instruction[];
}

/** A physical line, or the part of it that belongs to an instruction. */
interface Part {
  text: string;
  line: number;
}

const DIRECTIVE = /^\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)$/;
const HEREDOC = /^\d*<<(-?)(["']?)([A-Za-z0-9_.]+)\2$/;
const HEREDOC_INSTRUCTIONS = new Set(['RUN', 'COPY', 'ADD']);

/** Splits a Dockerfile into its instructions: comments and here-documents are left out, continued lines are joined. */
export function splitDockerfile(text: string): Dockerfile {
  const lines = text.split(/\r\n|\n/);
  const { directives, end } = readDirectives(lines);
  const escapeMark = directives.get('escape')?.text === '`' ? '`' : '\\';
  const instructions: Instruction[] = [];
  for (let at = end; at < lines.length; ) {
    const { parts, next } = joinLines(lines, at, escapeMark);
    at = next;
    const instruction = instructionOf(parts, escapeMark);
    if (!instruction) continue;
    instructions.push(instruction);
    for (const document of heredocsOf(instruction)) at = endOfHeredoc(lines, at, document);
  }
  return { syntax: directives.get('syntax'), escapeMark, instructions };
}

/** Directives are the comments at the very start; the first line that is not one ends them. */
function readDirectives(lines: readonly string[]): { directives: Map<string, Word>; end: number } {
  const directives = new Map<string, Word>();
  for (const [index, line] of lines.entries()) {
    const [, name, value] = DIRECTIVE.exec(line.trimEnd()) ?? [];
    if (name === undefined || value === undefined) return { directives, end: index };
    const place = { line: index + 1, column: line.indexOf(value, line.indexOf('=')) + 1 };
    directives.set(name.toLowerCase(), { text: value, place });
  }
  return { directives, end: lines.length };
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** Joins a line with those that continue it; comments and empty lines between them are left out. */
function joinLines(
  lines: readonly string[],
  start: number,
  escapeMark: string,
): { parts: Part[]; next: number } {
  const parts: Part[] = [];
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (isComment(line) || (line.trim() === '' && parts.length > 0)) {
      if (parts.length === 0) return { parts, next: at + 1 };
      continue;
    }
    const content = line.trimEnd();
    const continues = content.endsWith(escapeMark);
    parts.push({ text: continues ? content.slice(0, -1) : line, line: at + 1 });
    if (!continues) return { parts, next: at + 1 };
  }
  return { parts, next: lines.length };
}

function instructionOf(parts: readonly Part[], escapeMark: string): Instruction | undefined {
  const [name, ...words] = wordsOf(parts, escapeMark);
  return name && { name: name.text.toUpperCase(), words, place: name.place };
}

/** Splits joined lines at white space that is neither quoted nor escaped; quotes stay in the words. */
function wordsOf(parts: readonly Part[], escapeMark: string): Word[] {
  const words: Word[] = [];
  let word: { text: string[]; place: Place } | undefined;
  let quoted = '';
  for (const { text, line } of parts) {
    for (let i = 0; i < text.length; i++) {
      const character = text.charAt(i);
      if (!quoted && /\s/.test(character)) {
        if (word) words.push({ text: word.text.join(''), place: word.place });
        word = undefined;
        continue;
      }
      word ??= { text: [], place: { line, column: i + 1 } };
      word.text.push(character);
      if (character === escapeMark && quoted !== "'" && i + 1 < text.length) word.text.push(text.charAt(++i));
      else if (character === quoted) quoted = '';
      else if (!quoted && (character === '"' || character === "'")) quoted = character;
    }
  }
  if (word) words.push({ text: word.text.join(''), place: word.place });
  return words;
}

interface Heredoc {
  name: string;
  /** Whether tabs at the start of its lines are removed. */
  stripsTabs: boolean;
}

function heredocsOf({ name, words }: Instruction): Heredoc[] {
  const inner = name === 'ONBUILD' ? (words[0]?.text.toUpperCase() ?? '') : name;
  if (!HEREDOC_INSTRUCTIONS.has(inner)) return [];
  return words.flatMap(({ text }) => {
    const [, dash, , name] = HEREDOC.exec(text) ?? [];
    return name === undefined ? [] : [{ name, stripsTabs: dash === '-' }];
  });
}

function endOfHeredoc(lines: readonly string[], start: number, { name, stripsTabs }: Heredoc): number {
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if ((stripsTabs ? line.replace(/^\t+/, '') : line) === name) return at + 1;
  }
  return lines.length;
}
