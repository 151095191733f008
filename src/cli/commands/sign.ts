import type { Reference } from '../../oci/reference.ts';
import type { RegistryOptions } from '../../oci/registry/registry.ts';
import { sign } from '../../signer/sign.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import type { Values } from '../flags.ts';
import {
  LAYOUT_FLAGS,
  openConfig,
  placeOf,
  REGISTRY_FLAGS,
  readLayoutTarget,
  readTarget,
  registryOptions,
  tagWarning,
} from '../options/registry.ts';
import { SIGNING_FLAGS, signingOptions } from '../options/signing.ts';
import type { Terminal } from '../terminal.ts';

export const command = defineCommand({
  description: 'Sign an artifact and store the signature next to it, in the registry or the image layout.',
  operands: [{ name: 'reference' }],
  flags: {
    ...SIGNING_FLAGS,
    ...REGISTRY_FLAGS,
    ...LAYOUT_FLAGS,
    'force-referrers-tag': {
      kind: 'switch',
      summary: 'list the signature under the referrers tag, even if the registry has the referrers API',
    },
  },
  examples: [
    {
      title: 'Sign an image with the default key of notation',
      line: 'sign registry.example.com/app@sha256:9f86…',
    },
    {
      title: 'Say more about the build',
      line: 'sign -m buildId=101 --expiry 720h registry.example.com/app:v1',
    },
    {
      title: 'With a key in a file, its passphrase from standard input',
      line: 'sign --key-file release.p12 --passphrase-file - registry.example.com/app:v1',
    },
    {
      title: 'With a key in Vault',
      line: 'sign --vault-key release --cert-file release.crt registry.example.com/app:v1',
    },
    {
      title: 'With a key of a plugin',
      line: 'sign --plugin azure-kv --id https://… registry.example.com/app:v1',
    },
    {
      title: 'With a timestamp',
      line: 'sign --timestamp-url http://timestamp.example.com --timestamp-root-cert tsa.crt registry.example.com/app:v1',
    },
  ],
  async run({ values, operands: [text = ''], terminal }) {
    const { path, reference } = values['oci-layout']
      ? readLayoutTarget(text)
      : { path: undefined, reference: readTarget(text) };
    const config = await openConfig(
      path === undefined ? { registry: await remoteOptions(values, reference, terminal) } : {},
    );
    const options = await signingOptions(values, config, terminal);
    const { tag, digest } = reference;
    if (digest === undefined && tag !== undefined) terminal.warn(tagWarning('sign', tag));
    const registry = path === undefined ? config.registry : await openLayout(path);
    const { artifact, signature, warnings = [] } = await sign(reference, { ...options, registry });
    for (const { message, code } of warnings) terminal.warn(`${message} [${code}]`);
    const place = path ?? placeOf(reference);
    terminal.print(`Successfully signed ${place}@${artifact.digest}`);
    if (terminal.verbose) terminal.print(`Pushed the signature to ${place}@${signature.digest}`);
    return EXIT.success;
  },
});

async function remoteOptions(
  values: Values<typeof REGISTRY_FLAGS> & { readonly 'force-referrers-tag': boolean },
  reference: Reference,
  terminal: Terminal,
): Promise<RegistryOptions> {
  const options = await registryOptions(values, [reference], terminal);
  return { ...options, ...(values['force-referrers-tag'] && { referrersTag: 'always' as const }) };
}

async function openLayout(path: string) {
  const { createImageLayout } = await import('../../node/layout/image-layout.ts');
  return createImageLayout(path);
}
