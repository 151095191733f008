import { NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { createPluginManager } from '../../node/plugins/plugin-manager.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { confirm } from '../terminal.ts';

export const command = defineCommand({
  description: 'Remove a plugin.',
  operands: [{ name: 'plugin_name' }],
  flags: { yes: { kind: 'switch', short: 'y', summary: 'do not prompt for confirmation' } },
  examples: [{ title: 'Remove a plugin', line: 'plugin uninstall acme' }],
  async run({ values: { yes }, operands: [name = ''], terminal }) {
    const plugins = createPluginManager();
    if (!(await plugins.get(name))) {
      throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quote(name)}`);
    }
    const question = `Are you sure you want to uninstall plugin "${name}"?`;
    if (!(await confirm(terminal, question, { flag: '--yes', yes }))) return EXIT.success;
    await plugins.uninstall(name);
    terminal.print(`Successfully uninstalled plugin ${name}`);
    return EXIT.success;
  },
});
