import { listSignatures } from '../../storage/list.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { LAYOUT_FLAGS, openTarget, REGISTRY_FLAGS, resolveTarget } from '../options/registry.ts';
import { createTreePrinter, SIGNATURES } from '../tree.ts';

const MAX_SIGNATURES = 100;

export const command = defineCommand({
  description:
    'List the signatures of an artifact, in the order in which the registry has them. Nothing is verified.',
  operands: [{ name: 'reference' }],
  flags: {
    ...REGISTRY_FLAGS,
    ...LAYOUT_FLAGS,
    'max-signatures': {
      kind: 'count',
      value: 'count',
      summary: `list at most so many signatures; ${MAX_SIGNATURES} by default`,
    },
  },
  examples: [
    { title: 'List the signatures of an image', line: 'list registry.example.com/app:v1' },
    { title: 'List those of an image in a directory', line: 'list --oci-layout images/app:v1' },
  ],
  async run({ values, operands: [text = ''], terminal }) {
    const { 'max-signatures': most = MAX_SIGNATURES } = values;
    const target = await openTarget(text, values, terminal);
    const { reference, registry, place } = target;
    const { digest } = await resolveTarget(target, 'list', terminal);
    const printer = createTreePrinter(terminal.print, [`${place}@${digest}`, SIGNATURES]);
    let count = 0;
    const { tag: _, ...named } = reference;
    for await (const signature of listSignatures(
      { ...named, digest },
      { registry, signal: terminal.signal },
    )) {
      if (count === most) {
        terminal.warn(`exceeded configured limit of max signatures ${most} to examine`);
        break;
      }
      count += 1;
      printer.add({ text: signature.digest });
    }
    printer.end();
    if (count === 0) terminal.print(`${place}@${digest} has no associated signature`);
    return EXIT.success;
  },
});
