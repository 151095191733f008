import { listTrustStores } from '../../node/trust-store/list-trust-stores.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { oneOf } from '../options/policy.ts';
import { STORE_TYPES } from '../options/trust-store.ts';
import { table } from '../terminal.ts';

export const command = defineCommand({
  description: 'List the certificate files of the trust stores.',
  operands: [],
  flags: {
    type: {
      kind: 'text',
      short: 't',
      value: 'type',
      choices: STORE_TYPES,
      summary: 'only trust stores of a type',
    },
    store: { kind: 'text', short: 's', value: 'name', summary: 'only trust stores of a name' },
  },
  examples: [
    { title: 'List all certificate files', line: 'cert list' },
    { title: 'Those of one trust store', line: 'cert list --type ca --store acme' },
  ],
  async run({ values, terminal }) {
    const type = oneOf(STORE_TYPES, values.type);
    const rows = (await listTrustStores())
      .filter((entry) => (type ?? entry.type) === entry.type && (values.store ?? entry.store) === entry.store)
      .map((entry) => [entry.type, entry.store, entry.file]);
    if (rows.length > 0) terminal.print(table(['STORE TYPE', 'STORE NAME', 'CERTIFICATE'], rows));
    return EXIT.success;
  },
});
