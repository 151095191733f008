import { createPluginManager } from '../../node/plugins/plugin-manager.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';

const HEADER = ['NAME', 'DESCRIPTION', 'VERSION', 'CAPABILITIES', 'ERROR'];

export const command = defineCommand({
  description: 'List the installed plugins, with what each says of itself.',
  operands: [],
  flags: {},
  examples: [{ title: 'List the plugins', line: 'plugin list' }],
  async run({ terminal }) {
    const plugins = await createPluginManager().list({ signal: terminal.signal });
    const rows = plugins.map(({ name, metadata, reason }) => [
      name,
      metadata?.description ?? '',
      metadata?.version ?? '',
      `[${(metadata?.capabilities ?? []).join(' ')}]`,
      reason ? `${reason.message} [${reason.code}]` : '<nil>',
    ]);
    terminal.print(table(HEADER, rows));
    return EXIT.success;
  },
});
