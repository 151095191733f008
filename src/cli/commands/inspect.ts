import { inspect, type SignatureInspection } from '../../storage/inspect.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { DATA_FLAGS } from '../options/output.ts';
import { LAYOUT_FLAGS, openTarget, REGISTRY_FLAGS, resolveTarget } from '../options/registry.ts';
import { signatureNode } from '../signature-tree.ts';
import { createTreePrinter, SIGNATURES } from '../tree.ts';

const MAX_SIGNATURES = 100;

export const command = defineCommand({
  description:
    'Show what the signatures of an artifact say: their algorithms, attributes, certificates and timestamps. Nothing is verified.',
  operands: [{ name: 'reference' }],
  flags: {
    ...REGISTRY_FLAGS,
    ...LAYOUT_FLAGS,
    ...DATA_FLAGS,
    'max-signatures': {
      kind: 'count',
      value: 'count',
      summary: `inspect at most so many signatures; ${MAX_SIGNATURES} by default`,
    },
  },
  examples: [
    { title: 'Inspect the signatures of an image', line: 'inspect registry.example.com/app:v1' },
    {
      title: 'Who signed it?',
      line: 'inspect -o json registry.example.com/app:v1 | jq .Signatures[].certificates[0].issuedTo',
    },
  ],
  async run({ values, operands: [text = ''], terminal }) {
    const { 'max-signatures': signatures = MAX_SIGNATURES, output } = values;
    const target = await openTarget(text, values, terminal);
    const { mediaType, digest } = await resolveTarget(target, 'inspect', terminal);
    const { tag: _, ...named } = target.reference;
    const { registry, place } = target;
    const limits = { signatures };
    const found = await inspect({ ...named, digest }, { registry, limits, signal: terminal.signal });
    if (output === 'json') {
      terminal.print(JSON.stringify({ mediaType, Signatures: found.map(toNotation) }, null, 4));
      return EXIT.success;
    }
    const name = `${place}@${digest}`;
    if (found.length === 0) terminal.print(`${name} has no associated signature`);
    else terminal.print('Inspecting all signatures for signed artifact');
    const printer = createTreePrinter(terminal.print, [name, SIGNATURES]);
    for (const signature of found) printer.add(signatureNode(signature));
    printer.end();
    return EXIT.success;
  },
});

/** Notation writes `null` for no user metadata. */
function toNotation(signature: SignatureInspection): object {
  if ('error' in signature) return signature;
  const { userDefinedAttributes } = signature;
  const isEmpty = Object.keys(userDefinedAttributes).length === 0;
  return { ...signature, userDefinedAttributes: isEmpty ? null : userDefinedAttributes };
}
