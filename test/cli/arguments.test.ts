import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { defineCommand } from '../../src/cli/command.ts';

const command = defineCommand({
  description: '',
  operands: [{ name: 'reference' }],
  flags: {
    output: { kind: 'text', short: 'o', value: 'format', choices: ['text', 'json'], summary: '' },
    scope: { kind: 'list', value: 'scope', summary: '' },
    'user-metadata': { kind: 'pairs', short: 'm', value: 'key=value', summary: '' },
    'max-signatures': { kind: 'count', value: 'count', summary: '' },
    expiry: { kind: 'duration', short: 'e', value: 'duration', summary: '' },
    force: { kind: 'switch', summary: '' },
  },
  examples: [],
  run: async () => 0,
});

function parse(...args: readonly string[]) {
  const { values, operands } = parseArguments('verify', command, args);
  return { values: values as Readonly<Record<string, unknown>>, operands };
}

describe('parseArguments', () => {
  it.each([
    [['--output', 'json', 'x']],
    [['--output=json', 'x']],
    [['-o', 'json', 'x']],
    [['-ojson', 'x']],
    [['-o=json', 'x']],
    [['x', '-o', 'json']],
  ])('reads a value as notation does: %j', (args) => {
    expect(parse(...args)).toMatchObject({ values: { output: 'json' }, operands: ['x'] });
  });

  it.each([
    [['--force', 'x'], true],
    [['--force=true', 'x'], true],
    [['--force=false', 'x'], false],
    [['x'], false],
  ])('reads a switch, which takes no argument that follows it: %j', (args, force) => {
    expect(parse(...args)).toMatchObject({ values: { force }, operands: ['x'] });
  });

  it('collects the pairs of a flag that is repeated', () => {
    const { values } = parse('-m', 'a=1', '--user-metadata=b=x=y', 'x');
    expect(values['user-metadata']).toEqual({ a: '1', b: 'x=y' });
  });

  it.each([
    ['12h', 43_200],
    ['30m', 1800],
    ['3h20m', 12_000],
  ])('reads the duration %s', (text, seconds) => {
    expect(parse('--expiry', text, 'x').values.expiry).toBe(seconds);
  });

  it('takes what follows a double dash for an argument', () => {
    expect(parse('--', '--force').operands).toEqual(['--force']);
  });

  it.each([
    [['--outputs', 'json', 'x'], /no flag "--outputs"; did you mean --output\?/],
    [['-x'], /no flag "-x"/],
    [['--output'], /--output needs a value/],
    [['--output', 'yaml', 'x'], /--output must be one of text, json, not "yaml"/],
    [['-m', 'key', 'x'], /must be key=value, not "key"/],
    [['-m', 'key=', 'x'], /must be key=value/],
    [['--max-signatures', '0', 'x'], /positive whole number/],
    [['--max-signatures', '1e3', 'x'], /positive whole number/],
    [['--expiry', '1d', 'x'], /duration such as 12h/],
    [['--expiry', '0h', 'x'], /duration such as 12h/],
    [['--force=maybe', 'x'], /true or false/],
    [[], /<reference> is missing/],
    [['x', 'y'], /one argument too many: "y"/],
    [['--__proto__', 'x'], /no flag "--__proto__"/],
  ])('rejects %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it('says where the arguments are explained', () => {
    expect(() => parse()).toThrow(
      expect.objectContaining({ nextStep: expect.stringContaining('notarykit verify --help') }),
    );
  });
});
