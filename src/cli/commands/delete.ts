import { deleteSignature } from '../../storage/delete.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { LAYOUT_FLAGS, openTarget, REGISTRY_FLAGS } from '../options/registry.ts';
import { confirm } from '../terminal.ts';

export const command = defineCommand({
  description: 'Delete a signature of an artifact, never the artifact itself.',
  operands: [{ name: 'reference' }, { name: 'signature_digest' }],
  flags: {
    ...REGISTRY_FLAGS,
    ...LAYOUT_FLAGS,
    yes: { kind: 'switch', short: 'y', summary: 'do not prompt for confirmation' },
  },
  examples: [
    {
      title: 'Delete a signature that `list` shows',
      line: 'delete registry.example.com/app:v1 sha256:7bc2…',
    },
  ],
  async run({ values, operands: [text = '', digest = ''], terminal }) {
    const { reference, registry, place } = await openTarget(text, values, terminal);
    const question = `Are you sure you want to delete the signature ${digest} of ${place}?`;
    if (!(await confirm(terminal, question, { flag: '--yes', yes: values.yes }))) return EXIT.success;
    await deleteSignature(reference, { registry, digest, signal: terminal.signal });
    terminal.print(`Successfully deleted ${place}@${digest}`);
    return EXIT.success;
  },
});
