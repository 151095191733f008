import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createMachine } from './machine.ts';

const names = Object.keys(COMMANDS);

describe('help', () => {
  it('lists every command', async () => {
    const { run } = await createMachine();
    const { code, stdout } = await run([]);
    expect(code).toBe(0);
    for (const name of names) expect(stdout).toContain(`\n  ${name} `);
  });

  it.each(names)('of %s shows usage, an example, and each flag', async (name) => {
    const { run } = await createMachine();
    const { code, stdout } = await run([...name.split(' '), '--help']);
    const command = await COMMANDS[name]?.load();
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: notarykit ${name} [flags]`);
    expect(stdout).toContain(`\n  notarykit ${name}`);
    for (const flag of Object.keys(command?.flags ?? {})) expect(stdout).toContain(`--${flag}`);
  });

  it.each(names)('of %s has examples that its own arguments parse', async (name) => {
    const command = await COMMANDS[name]?.load();
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const { line } of command?.examples ?? []) expect(line.startsWith(name)).toBe(true);
  });

  it('fits a terminal of 40 columns, but for examples', async () => {
    const { run } = await createMachine();
    const { stdout } = await run(['verify', '--help'], { columns: 40 });
    const isTooLong = (line: string) => line.length > 40 && !line.startsWith('  notarykit ');
    expect(stripVTControlCharacters(stdout).split('\n').filter(isTooLong)).toEqual([]);
  });

  it('has colours on a terminal only, and none with NO_COLOR', async () => {
    const { run } = await createMachine();
    expect((await run(['--help'])).stdout).not.toContain('\u001b[');
    expect((await run(['--help'], { columns: 80, env: { TERM: 'xterm', NO_COLOR: '' } })).stdout).toContain(
      '\u001b[1m',
    );
    expect(
      (await run(['--help'], { columns: 80, env: { TERM: 'xterm', NO_COLOR: '1' } })).stdout,
    ).not.toContain('\u001b[');
  });

  it.each([
    [['lists'], 'did you mean `notarykit list`?'],
    [['cert', 'ad'], 'did you mean `notarykit cert add`?'],
    [['blob', 'nonsense'], 'there is no command "blob nonsense"'],
  ])('says what was meant by %j', async (args, hint) => {
    const { run } = await createMachine();
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });

  it('is printed by `help` before a command, too', async () => {
    const { run } = await createMachine();
    expect((await run(['help', 'policy', 'lint'])).stdout).toBe((await run(['policy', 'lint', '-h'])).stdout);
  });
});
