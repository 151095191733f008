import { basename } from 'node:path';
import { isNotationError } from '../../errors/notation-error.ts';
import { addCertificates } from '../../node/trust-store/change-trust-store.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT, exitCodeOf, worstOf } from '../exit-code.ts';
import { readGivenFile } from '../options/files.ts';
import { oneOf } from '../options/policy.ts';
import { STORE_TYPES } from '../options/trust-store.ts';
import { printReason } from '../verdict.ts';

export const command = defineCommand({
  description: 'Add certificate files to a trust store: roots, and self-signed certificates of signers.',
  operands: [{ name: 'file', several: true }],
  flags: {
    type: {
      kind: 'text',
      short: 't',
      value: 'type',
      choices: STORE_TYPES,
      summary: 'the type of the trust store',
    },
    store: { kind: 'text', short: 's', value: 'name', summary: 'the name of the trust store' },
  },
  examples: [
    { title: 'Trust a CA', line: 'cert add --type ca --store acme acme.crt' },
    { title: 'Trust a timestamp authority', line: 'cert add --type tsa --store timestamps tsa.crt' },
  ],
  async run({ values, operands: paths, terminal }) {
    const [type, { store }] = [oneOf(STORE_TYPES, values.type), values];
    if (!type || !store) throw usageError('--type and --store are missing', 'cert add');
    const added: string[] = [];
    const codes: number[] = [];
    for (const path of paths) {
      try {
        await addCertificates(type, store, { [basename(path)]: await readGivenFile(path, 'certificate') });
        added.push(path);
      } catch (error) {
        if (!isNotationError(error)) throw error;
        codes.push(exitCodeOf(error));
        printReason(path, error, terminal);
      }
    }
    if (added.length > 0) {
      const lines = [
        `Successfully added following certificates to named store ${store} of type ${type}:`,
        ...added,
      ];
      terminal.print(lines.join('\n'));
    }
    return codes.length === 0 ? EXIT.success : worstOf(codes);
  },
});
