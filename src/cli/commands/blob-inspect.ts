import { printableLine } from '../../errors/quote.ts';
import { inspectBlob } from '../../storage/inspect.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { readGivenFile } from '../options/files.ts';
import { DATA_FLAGS } from '../options/output.ts';
import { inspectionNodes } from '../signature-tree.ts';
import { treeLines } from '../tree.ts';

const MAX_SIGNATURE = 32 * 1024 * 1024;

export const command = defineCommand({
  description: 'Show what the signature of a file says. Nothing is verified.',
  operands: [{ name: 'signature' }],
  flags: DATA_FLAGS,
  examples: [
    { title: 'Inspect a signature', line: 'blob inspect release.zip.jws.sig' },
    { title: 'For a program', line: 'blob inspect -o json release.zip.jws.sig' },
  ],
  async run({ values: { output }, operands: [path = ''], terminal: { print } }) {
    const inspection = await inspectBlob(await readGivenFile(path, 'signature', MAX_SIGNATURE));
    if (output === 'json') print(JSON.stringify(inspection, null, 4));
    else print([printableLine(path), ...treeLines(inspectionNodes(inspection))].join('\n'));
    return EXIT.success;
  },
});
