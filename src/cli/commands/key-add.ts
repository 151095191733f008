import type { SigningKey } from '../../node/config/signing-key-list.ts';
import { addSigningKey } from '../../node/config/signing-keys.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import type { Values } from '../flags.ts';
import { FILE_KEY_FLAGS, PLUGIN_KEY_FLAGS, readPassphrase } from '../options/keys.ts';

const FLAGS = {
  ...PLUGIN_KEY_FLAGS,
  ...FILE_KEY_FLAGS,
  default: { kind: 'switch', summary: 'make it the default key' },
} as const;

export const command = defineCommand({
  description: 'Add a key to the list of keys, after a test that it can be used.',
  operands: [{ name: 'key_name' }],
  flags: FLAGS,
  examples: [
    { title: 'Add a key of a plugin', line: 'key add --default --plugin azure-kv --id https://… release' },
    { title: 'Add a key in files', line: 'key add --key-file release.key --cert-file release.crt release' },
  ],
  async run({ values, operands: [name = ''], terminal }) {
    const passphrase = await readPassphrase(values, terminal);
    await addSigningKey(readKey(name, values), { default: values.default, passphrase });
    terminal.print(values.default ? `${name}: marked as default` : name);
    return EXIT.success;
  },
});

function readKey(name: string, values: Values<typeof FLAGS>): SigningKey {
  const {
    plugin: pluginName,
    id,
    'key-file': keyPath,
    'cert-file': certPath,
    'plugin-config': pluginConfig,
  } = values;
  if (pluginName && id && !keyPath && !certPath) return { name, id, pluginName, pluginConfig };
  if (keyPath && certPath && !pluginName && !id) return { name, keyPath, certPath };
  throw usageError('give either --plugin and --id, or --key-file and --cert-file', 'key add');
}
