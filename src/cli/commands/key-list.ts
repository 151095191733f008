import { listSigningKeys } from '../../node/config/signing-keys.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';

const HEADER = ['NAME', 'KEY PATH', 'CERTIFICATE PATH', 'ID', 'PLUGIN NAME'];

export const command = defineCommand({
  description: 'List the keys that `sign --key` takes. The default key has an asterisk.',
  operands: [],
  flags: {},
  examples: [{ title: 'List the keys', line: 'key list' }],
  async run({ terminal }) {
    const { default: marked, keys } = await listSigningKeys();
    const rows = keys.map((key) => {
      const name = key.name === marked ? `* ${key.name}` : key.name;
      return 'keyPath' in key
        ? [name, key.keyPath, key.certPath, '', '']
        : [name, '', '', key.id, key.pluginName];
    });
    terminal.print(table(HEADER, rows));
    return EXIT.success;
  },
});
