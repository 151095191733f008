import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGithubAnnotations } from '../../src/report/index.ts';
import { anyText, EACH, evaluationsWith, HOSTILE, REFERENCE } from './evaluations.ts';

/** Reads workflow commands as the runner does: `ActionCommand.TryParseV2` and its unescaping. */
function commandsOf(output: string) {
  return output.split(/\r\n|[\r\n]/).map((line) => {
    const [, name = '', list = '', message = ''] = /^::([a-z-]+)(?: (.*?))?::(.*)$/s.exec(line) ?? [];
    const properties = list
      .split(',')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), unescaped(pair.slice(pair.indexOf('=') + 1))]);
    return { name, properties: Object.fromEntries(properties), message: unescaped(message) };
  });
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { '%3A': ':', '%2C': ',', '%0D': '\r', '%0A': '\n', '%25': '%' };
  return text.replace(/%(?:3A|2C|0D|0A|25)/g, (code) => characters[code] ?? code);
}

describe('formatGithubAnnotations', () => {
  it('has an error for each failure, and a warning for each warning', () => {
    expect(commandsOf(formatGithubAnnotations(EACH)).map(({ name }) => name)).toEqual([
      'warning',
      'error',
      'error',
      'error',
      'error',
    ]);
  });

  it('has the file, the line, the column, the reason and the next step', () => {
    expect(commandsOf(formatGithubAnnotations(EACH.slice(3, 4)))).toEqual([
      {
        name: 'error',
        properties: { file: 'deploy/app.yaml', line: '12', col: '16', title: `${REFERENCE}: unsigned` },
        message:
          'it has no signature [ERR_NO_SIGNATURE]\nHave the artifact signed, or copy its signatures with copySignatures.',
      },
    ]);
  });

  it('is empty if everything is verified', () => {
    expect(formatGithubAnnotations(EACH.slice(0, 1))).toBe('');
  });

  it('gives back the text of others as values', () => {
    const text = 'a,b:c%0Ad=e::f%25';
    const [warning] = commandsOf(formatGithubAnnotations(evaluationsWith(text)));
    expect(warning?.properties).toEqual({ file: text, line: '12', col: '16', title: `${text}: warned` });
    expect(warning?.message).toBe(`${text} [ERR_SIGNATURE_EXPIRED]\n${text}`);
  });

  it('has the same commands whatever others wrote', () => {
    const shape = (text: string) =>
      commandsOf(formatGithubAnnotations(evaluationsWith(text))).map(({ name, properties }) => [
        name,
        ...Object.keys(properties),
      ]);
    const harmless = shape('harmless');
    for (const text of HOSTILE) expect(shape(text)).toEqual(harmless);
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shape(text)).toEqual(harmless);
      }),
      { numRuns: 50 },
    );
  });

  it('has no command of the old form, which works anywhere in a line', () => {
    for (const text of HOSTILE)
      expect(formatGithubAnnotations(evaluationsWith(text))).not.toMatch(/##[a-z]*\[/i);
  });
});
