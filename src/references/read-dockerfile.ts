import { type Dockerfile, type Instruction, splitDockerfile, type Word } from './dockerfile-lines.ts';
import type { Findings } from './found.ts';
import { type Expansion, expand, type Lookup } from './variables.ts';

const PLATFORM_ARG = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** Finds the images that a Dockerfile builds on, copies from and mounts. */
export function findInDockerfile(text: string, findings: Findings, buildArgs: Lookup): void {
  const { syntax, escapeMark, instructions } = splitDockerfile(text);
  if (syntax) findings.add(syntax.text, syntax.place, 'syntax directive');
  new DockerfileReader(escapeMark, findings, buildArgs).read(instructions);
}

/** Reads instructions in their order: stages and arguments count from where they are declared. */
class DockerfileReader {
  readonly #escapeMark: Dockerfile['escapeMark'];
  readonly #findings: Findings;
  readonly #buildArgs: Lookup;
  /** The arguments before the first stage: the only ones that FROM can use. */
  readonly #args = new Map<string, string>();
  readonly #stages = new Set<string>();
  #count = 0;

  constructor(escapeMark: string, findings: Findings, buildArgs: Lookup) {
    this.#escapeMark = escapeMark;
    this.#findings = findings;
    this.#buildArgs = buildArgs;
  }

  read(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.#instruction(instruction);
    if (this.#count === 0) {
      const place = instructions[0]?.place ?? { line: 1, column: 1 };
      this.#findings.addUnresolved('', place, 'the Dockerfile', 'it has no FROM');
    }
  }

  #instruction({ name, words, place }: Instruction): void {
    if (name === 'ARG' && this.#count === 0) for (const { text } of words) this.#declare(text);
    if (name === 'FROM') this.#from(words, place);
    if (name === 'COPY') this.#copy(words);
    if (name === 'RUN') this.#run(words);
    const [inner, ...rest] = words;
    if (name === 'ONBUILD' && inner)
      this.#instruction({ name: inner.text.toUpperCase(), words: rest, place });
  }

  #declare(text: string): void {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const given = this.#buildArgs(name);
    const value = given ?? (equals < 0 ? undefined : this.#expand(text.slice(equals + 1)).value);
    if (value !== undefined) this.#args.set(name, value);
  }

  #from(words: readonly Word[], place: Word['place']): void {
    const stage = this.#count++;
    const flags = words.filter(({ text }) => text.startsWith('--'));
    const [image, as, name] = words.filter(({ text }) => !text.startsWith('--'));
    const isNamed = as?.text.toUpperCase() === 'AS' && name !== undefined;
    const usage = `FROM, stage ${isNamed ? name.text : stage}`;
    if (image) this.#image(image, usage, this.#platform(flags));
    else this.#findings.addUnresolved('', place, usage, 'it has no image');
    if (isNamed) this.#stages.add(name.text.toLowerCase());
  }

  #image(image: Word, usage: string, platform: string | undefined): void {
    const { value, problem } = this.#expand(image.text);
    if (value === undefined) this.#findings.addUnresolved(image.text, image.place, usage, problem);
    else if (!this.#isLocal(value)) this.#findings.add(value, image.place, usage, platform);
  }

  #platform(flags: readonly Word[]): string | undefined {
    const flag = flags.find(({ text }) => text.startsWith('--platform='));
    return flag && this.#expand(flag.text.slice('--platform='.length)).value;
  }

  #copy(words: readonly Word[]): void {
    const flag = words.find(({ text }) => text.startsWith('--from='));
    if (flag) this.#source(flag.text.slice('--from='.length), flag, 'COPY --from');
  }

  #run(words: readonly Word[]): void {
    for (const word of words) {
      if (!word.text.startsWith('--')) return;
      if (!word.text.startsWith('--mount=')) continue;
      const options = word.text.slice('--mount='.length).split(',');
      const from = options.find((option) => option.startsWith('from='));
      if (from !== undefined) this.#source(from.slice('from='.length), word, 'RUN --mount');
    }
  }

  /** A stage by its name or number, or an image. Docker replaces no variables here. */
  #source(written: string, { place }: Word, usage: string): void {
    const source = unquoted(written);
    if (/^\d+$/.test(source) || this.#isLocal(source)) return;
    if (source.includes('$')) {
      const reason = 'Docker replaces no variables here; name a stage that is FROM the variable';
      this.#findings.addUnresolved(source, place, usage, reason);
    } else {
      this.#findings.add(source, place, usage);
    }
  }

  #isLocal(name: string): boolean {
    return name === 'scratch' || this.#stages.has(name.toLowerCase());
  }

  /** Docker declares some arguments itself. */
  #platformArg(name: string): string | undefined {
    return PLATFORM_ARG.test(name) ? this.#buildArgs(name) : undefined;
  }

  #expand(word: string): Expansion {
    return expandWord(word, (name) => this.#args.get(name) ?? this.#platformArg(name), this.#escapeMark);
  }
}

/** Expands the variables of a word, and removes its quotes. */
function expandWord(word: string, lookup: Lookup, escapeMark: string): Expansion {
  let quoted = '';
  return expand(word, lookup, (text, at) => {
    const character = text.charAt(at);
    if (character === escapeMark && quoted !== "'") return { text: text.charAt(at + 1), end: at + 2 };
    if (character === quoted || (!quoted && (character === '"' || character === "'"))) {
      quoted = quoted ? '' : character;
      return { text: '', end: at + 1 };
    }
    return quoted === "'" ? { text: character, end: at + 1 } : undefined;
  });
}

function unquoted(text: string): string {
  const isQuoted = text.length > 1 && /^["']/.test(text) && text.endsWith(text.charAt(0));
  return isQuoted ? text.slice(1, -1) : text;
}
