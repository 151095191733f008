import { Readable } from 'node:stream';
import { signaturePathOf, signFile } from '../cli/commands/blob-sign.ts';
import type { Flags, Values } from '../cli/flags.ts';
import { openConfig, readTarget, tagWarning } from '../cli/options/registry.ts';
import { SIGNING_FLAGS, signingOptions } from '../cli/options/signing.ts';
import type { Terminal } from '../cli/terminal.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { printableLine, quote } from '../errors/quote.ts';
import type { NotationConfig } from '../node/notation-config.ts';
import { createPluginManager } from '../node/plugins/plugin-manager.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { codeSpan as code } from '../report/format-markdown.ts';
import { sign } from '../signer/sign.ts';
import type { SigningOptions } from '../signer/signing.ts';
import { CREDENTIAL_FLAGS, registryOptionsOf } from './credentials.ts';
import { findBlobs } from './find-files.ts';
import { vaultScope } from './identity/azure.ts';
import { createJobIdentity, type JobIdentity } from './identity/identity.ts';
import { IDENTITY_FLAGS } from './identity/identity-flags.ts';
import { collectInputs, IGNORED_FLAGS } from './inputs.ts';
import { type Runner, runStep } from './runner.ts';

const { plugin: _plugin, id: _id, ...SIGNING } = SIGNING_FLAGS;

/** The inputs. */
export const SIGN_INPUTS = {
  'target-artifact-reference': { kind: 'list', value: 'reference', summary: 'images to sign' },
  blobs: {
    kind: 'list',
    value: 'pattern',
    summary:
      'other files to sign; the signature is written next to each, as <file>.jws.sig or <file>.cose.sig',
  },
  ...SIGNING,
  'plugin-name': { kind: 'text', value: 'name', summary: 'the signing plugin that has the key' },
  'key-id': { kind: 'text', value: 'id', summary: 'the key, as the plugin names it' },
  'plugin-url': {
    kind: 'text',
    value: 'url',
    summary: 'where to download the plugin, if it is not installed; none by default',
  },
  'plugin-checksum': {
    kind: 'text',
    value: 'digest',
    summary: 'the SHA-256 of what plugin_url serves, in hex',
  },
  'media-type': {
    kind: 'text',
    value: 'type',
    summary: 'the media type of blobs; application/octet-stream by default',
  },
  'force-referrers-tag': {
    kind: 'switch',
    summary: 'list the signature under the referrers tag, even if the registry has the referrers API',
  },
  ...CREDENTIAL_FLAGS,
  ...IDENTITY_FLAGS,
  ...IGNORED_FLAGS,
} as const satisfies Flags;

type Inputs = Values<typeof SIGN_INPUTS>;

/** An artifact that was signed. */
interface Signed {
  /** As the input names it; for a file its path. */
  reference: string;
  /** The digest of the image. */
  digest?: string;
  /** The digest of the manifest of the signature, or the path of the signature of a file. */
  signature: string;
}

/** Signs what the inputs name. The step fails at the first failure. */
export const runSign = (): Promise<void> =>
  runStep(async (runner) => {
    const { terminal, setOutput, addSummary } = runner;
    const values = collectInputs(SIGN_INPUTS, terminal.env);
    const references = values['target-artifact-reference'].map(readTarget);
    const blobs = await findBlobs(values.blobs);
    if (references.length + blobs.length === 0) {
      throw argumentInvalid('give images to sign as target_artifact_reference, or other files as blobs');
    }
    const signed: Signed[] = [];
    try {
      for await (const one of signAll(references, blobs, values, runner)) {
        terminal.print(printableLine(`signed: ${one.reference}: ${one.signature}`));
        signed.push(one);
      }
    } finally {
      // What was signed before a failure stays signed.
      await setOutput('signatures', JSON.stringify(signed));
      if (signed.length > 0) await addSummary(summaryOf(signed));
    }
  });

async function* signAll(
  references: readonly Reference[],
  blobs: readonly string[],
  values: Inputs,
  { terminal, mask }: Runner,
): AsyncGenerator<Signed> {
  const identity = createJobIdentity(values, { env: terminal.env, signal: terminal.signal, mask });
  const registry = await registryOptionsOf(values, references, { terminal, identity, mask });
  const referrersTag = values['force-referrers-tag'] ? 'always' : undefined;
  const config = await openConfig({ registry: { ...registry, referrersTag } });
  await installPlugin(values, terminal);
  const options = await openSigning(values, config, identity, terminal);
  for (const reference of references) {
    const { tag, digest } = reference;
    if (digest === undefined && tag !== undefined) terminal.warn(tagWarning('sign', tag));
    const result = await sign(reference, { ...options, registry: config.registry });
    for (const { message, code } of result.warnings ?? []) terminal.warn(`${message} [${code}]`);
    const { artifact, signature } = result;
    yield { reference: formatReference(reference), digest: artifact.digest, signature: signature.digest };
  }
  for (const path of blobs) {
    const target = signaturePathOf(path, options);
    await signFile(path, target, { ...options, mediaType: values['media-type'] });
    yield { reference: path, signature: target };
  }
}

/** Opens the key; if it is one of a key service that trusts the identity of the job, with a token for that. */
async function openSigning(
  values: Inputs,
  config: NotationConfig,
  identity: JobIdentity,
  terminal: Terminal,
): Promise<SigningOptions> {
  const { 'plugin-name': plugin, 'key-id': id } = values;
  const { 'azure-key': azureKey, 'aws-key': awsKey, 'google-key': googleKey, 'vault-key': vaultKey } = values;
  const flags = { ...values, plugin, id };
  if (awsKey !== undefined && identity.aws) {
    const { accessKeyId, secretAccessKey, sessionToken } = await identity.aws();
    const own = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
    return signingOptions(flags, config, { ...terminal, env: { ...terminal.env, ...own } });
  }
  const token =
    (azureKey !== undefined && (await identity.azure?.(vaultScope(azureKey)))) ||
    (googleKey !== undefined && (await identity.google?.())) ||
    (vaultKey !== undefined && (await identity.vault?.()));
  if (!token) return signingOptions(flags, config, terminal);
  return signingOptions({ ...flags, 'token-file': '-' }, config, {
    ...terminal,
    stdin: Readable.from([token]),
  });
}

/** Installs the plugin of the key from the URL that was given, unless there is a plugin of its name. */
async function installPlugin(values: Inputs, terminal: Terminal): Promise<void> {
  const { 'plugin-name': name, 'plugin-url': url, 'plugin-checksum': sha256 } = values;
  if (url === undefined) return;
  if (name === undefined || sha256 === undefined || !URL.canParse(url))
    throw argumentInvalid('plugin_url must be a URL, and needs plugin_name and plugin_checksum');
  const plugins = createPluginManager();
  if (await plugins.get(name)) return;
  const installed = await plugins.install(new URL(url), { sha256, signal: terminal.signal });
  if (installed.name !== name)
    throw argumentInvalid(`plugin_url has the plugin ${quote(installed.name)}, not ${quote(name)}`);
  terminal.print(printableLine(`installed the plugin ${name}, version ${installed.metadata.version}`));
}

function summaryOf(signed: readonly Signed[]): string {
  const rows = signed.map(({ reference, signature }) => `| ${code(reference)} | ${code(signature)} |`);
  return [`**${signed.length} signed**`, '', '| what | signature |', '|---|---|', ...rows].join('\n');
}
