import { NotationError } from '../../errors/notation-error.ts';
import type { Reference } from '../../oci/reference.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Registry } from '../../oci/repository.ts';
import { copySignatures } from '../../storage/copy.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOf, worstOf } from '../exit-code.ts';
import type { Values } from '../flags.ts';
import {
  openConfig,
  placeOf,
  REGISTRY_FLAGS,
  readLayoutTarget,
  readTarget,
  registryOptions,
} from '../options/registry.ts';
import type { Terminal } from '../terminal.ts';
import { printReason } from '../verdict.ts';

const FLAGS = {
  artifact: { kind: 'switch', summary: 'copy the artifact as well, if it is not there yet' },
  'all-platforms': {
    kind: 'switch',
    summary: 'of an image index, also the signatures of the manifests in it',
  },
  'from-oci-layout': { kind: 'switch', summary: 'the source is an image layout: directory:v1' },
  'to-oci-layout': { kind: 'switch', summary: 'the target is the directory of an image layout' },
  ...REGISTRY_FLAGS,
} as const;

export const command = defineCommand({
  description: 'Copy the signatures of an artifact to another registry, repository or image layout.',
  operands: [{ name: 'source' }, { name: 'target' }],
  flags: FLAGS,
  examples: [
    {
      title: 'To another registry, with the image',
      line: 'copy --artifact registry.example.com/app:v1 mirror.example.com/app:v1',
    },
    {
      title: 'Into a directory',
      line: 'copy --artifact --to-oci-layout registry.example.com/app:v1 images/app',
    },
  ],
  async run({ values, operands: [from = '', to = ''], terminal }) {
    const { source, target } = await open(values, from, to, terminal);
    const { artifact: withArtifact, 'all-platforms': all } = values;
    const { artifact, artifactCopied, copied, existing, failed, more } = await copySignatures(
      source.registry,
      target.registry,
      source.reference,
      {
        target: target.reference,
        artifact: withArtifact,
        ...(all && { platforms: 'all' as const }),
        signal: terminal.signal,
      },
    );
    if (artifactCopied) terminal.print(`Copied ${artifact.digest} to ${target.place}`);
    for (const { signature } of copied) terminal.print(`Copied the signature ${signature.digest}`);
    for (const { signature } of existing)
      terminal.print(`The signature ${signature.digest} is there already`);
    for (const { signature, reason } of failed) printReason(signature.digest, reason, terminal);
    if (copied.length + existing.length + failed.length === 0)
      terminal.print('There is no signature to copy.');
    if (more) terminal.warn('there are more signatures than the limit');
    return worstOf(failed.map(({ reason }) => exitCodeOf(new NotationError(reason.code, reason.message))));
  },
});

interface Place {
  registry: Registry;
  reference: Reference;
  place: string;
}

async function open(values: Values<typeof FLAGS>, from: string, to: string, terminal: Terminal) {
  const { 'from-oci-layout': fromLayout, 'to-oci-layout': toLayout } = values;
  const given = fromLayout ? readLayoutTarget(from) : { path: undefined, reference: readTarget(from) };
  const wanted = toLayout
    ? { path: to, reference: given.reference }
    : { path: undefined, reference: parseReference(to) };
  const remote = [given, wanted].filter(({ path }) => path === undefined).map(({ reference }) => reference);
  const config = await openConfig({ registry: await registryOptions(values, remote, terminal) });
  const placeFor = async ({ path, reference }: typeof given | typeof wanted): Promise<Place> => {
    if (path === undefined) return { registry: config.registry, reference, place: placeOf(reference) };
    const { createImageLayout } = await import('../../node/layout/image-layout.ts');
    return { registry: createImageLayout(path), reference, place: path };
  };
  return { source: await placeFor(given), target: await placeFor(wanted) };
}
