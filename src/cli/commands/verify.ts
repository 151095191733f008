import { argumentInvalid } from '../../errors/notation-error.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import { createVerifier } from '../../verify.ts';
import { defineCommand } from '../command.ts';
import { evaluateAndPrint } from '../evaluation.ts';
import type { Values } from '../flags.ts';
import { VERDICT_FLAGS } from '../options/output.ts';
import { dialectOf } from '../options/policy.ts';
import {
  LAYOUT_FLAGS,
  openConfig,
  REGISTRY_FLAGS,
  readLayoutTarget,
  readTarget,
  registryOptions,
  tagWarning,
} from '../options/registry.ts';
import { VERIFICATION_FLAGS } from '../options/verification.ts';
import type { Terminal } from '../terminal.ts';

const FLAGS = {
  ...REGISTRY_FLAGS,
  ...LAYOUT_FLAGS,
  scope: {
    kind: 'text',
    value: 'name',
    summary: 'with --oci-layout: the name that registry scopes of the trust policy are compared with',
  },
  ...VERIFICATION_FLAGS,
  ...VERDICT_FLAGS,
} as const;

export const command = defineCommand({
  description:
    'Verify the signatures of artifacts by the trust policy and the trust stores of notation. Exits with 0 only if each of them is verified, accepted with warnings, or skipped by the policy.',
  operands: [{ name: 'reference', several: true }],
  flags: FLAGS,
  examples: [
    { title: 'Verify an image', line: 'verify registry.example.com/app@sha256:9f86…' },
    { title: 'Require what a signature says', line: 'verify -m buildId=101 registry.example.com/app:v1' },
    {
      title: 'Write a report for a code scanner',
      line: 'verify -o sarif registry.example.com/app:v1 > notarykit.sarif',
    },
    { title: 'See each check', line: 'verify --verbose registry.example.com/app:v1' },
    {
      title: 'Verify an image in a directory',
      line: 'verify --oci-layout images/app:v1 --scope registry.example.com/app',
    },
  ],
  async run({ values, operands, terminal }) {
    const {
      'max-signatures': signatures,
      'user-metadata': userMetadata,
      'plugin-config': pluginConfig,
    } = values;
    const { references, config } = await open(values, operands, terminal);
    for (const { tag, digest } of references) {
      if (digest === undefined && tag !== undefined) terminal.warn(tagWarning('verify', tag));
    }
    const verifier = createVerifier({ ...config, limits: { signatures } });
    const options = { userMetadata, pluginConfig, platforms: values.platform };
    const images = references.map((reference) => ({ reference: formatReference(reference) }));
    return evaluateAndPrint({ verifier, images, options, output: values.output }, terminal);
  },
});

async function open(values: Values<typeof FLAGS>, operands: readonly string[], terminal: Terminal) {
  const { 'oci-layout': isLayout, scope } = values;
  const dialect = dialectOf(values.dialect);
  if (isLayout !== (scope !== undefined))
    throw argumentInvalid('--oci-layout and --scope must be given together');
  if (!isLayout) {
    const references = operands.map(readTarget);
    const registry = await registryOptions(values, references, terminal);
    return { references, config: await openConfig({ dialect, registry }) };
  }
  const [text = '', ...others] = operands;
  if (others.length > 0) throw argumentInvalid('--oci-layout takes one argument');
  const { path, reference } = readLayoutTarget(text, scope);
  const references: Reference[] = [reference];
  const { createImageLayout } = await import('../../node/layout/image-layout.ts');
  return { references, config: { ...(await openConfig({ dialect })), registry: createImageLayout(path) } };
}
