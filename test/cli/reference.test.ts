import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { flagSummary, flagText, operandText } from '../../src/cli/help.ts';

describe('docs/command.md', () => {
  it('is what the commands say of themselves; `npx vitest run test/cli/reference.test.ts -u` writes it', async () => {
    const sections = await Promise.all(Object.keys(COMMANDS).map(section));
    const page = `${HEAD}\n${sections.join('\n')}`;
    await expect(page).toMatchFileSnapshot('../../docs/command.md');
  });
});

const HEAD = `# The command: reference

Every command also has \`--help\` (\`-h\`) with the same text, \`--verbose\` (\`-v\`) and \`--debug\` (\`-d\`).
[Guide](guides/command.md), [coming from notation](migration.md#replace-notation-in-a-pipeline).
`;

async function section(name: string): Promise<string> {
  const command = await COMMANDS[name]?.load();
  const { operands = [], flags = {}, examples = [], description = '' } = command ?? {};
  const rows = Object.entries(flags).map(
    ([flag, spec]) =>
      `| \`${flagText(flag, spec).trim()}\` | ${flagSummary(spec).replaceAll('|', '\\|')} |\n`,
  );
  return `## ${name}

${description}

\`\`\`sh
notarykit ${[name, ...operands.map(operandText)].join(' ')}
${examples.map(({ title, line }) => `\n# ${title}\nnotarykit ${line}\n`).join('')}\`\`\`
${rows.length > 0 ? `\n| flag | what it does |\n|---|---|\n${rows.join('')}` : ''}`;
}
