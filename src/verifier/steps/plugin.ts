import { PLUGIN_ATTRIBUTES } from '../../envelope/attributes.ts';
import { NotationError } from '../../errors/index.ts';
import { oneLine, quote } from '../../errors/quote.ts';
import type { VerificationCapability } from '../../plugin/plugin.ts';
import type { PluginVerdict, VerificationPlugin } from '../../plugin/verify-signature.ts';
import type { VerificationContext } from '../context.ts';
import { namedPlugin, requireNoneCritical } from '../critical-attributes.ts';
import type { Finding, SelectedPlugin, Signature } from '../step.ts';

/** Reports whether a signature names a verification plugin. */
export function namesPlugin({ envelope }: Signature): boolean {
  return namedPlugin(envelope.signedAttributes) !== undefined;
}

/**
 * Finds the plugin that a signature names, and reads its metadata. The plugin decides the identity and, unless the
 * policy skips it, revocation; everything else stays with the native steps.
 * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INCOMPATIBLE` and those of running it
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#verification-extensibility
 * (rule PLG-32)
 */
export async function findPlugin(
  { envelope }: Signature,
  { plugins, pluginConfig, statement, signal }: VerificationContext,
): Promise<Finding> {
  // Not reached: without plugins the integrity step has failed.
  if (!plugins) return {};
  const { findVerificationPlugin, verifyWithPlugin } = await import('../../plugin/verify-signature.ts');
  const found = await findVerificationPlugin(plugins, envelope.signedAttributes, { pluginConfig, signal });
  const capabilities = found.capabilities.filter(
    (capability) =>
      capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY' || statement.actions.revocation !== 'skip',
  );
  const { trustedIdentities } = statement;
  const verification = {
    envelope,
    capabilities,
    trustedIdentities: trustedIdentities === '*' ? ['*'] : trustedIdentities.map(({ text }) => text),
    pluginConfig,
  };
  return {
    plugin: selectPlugin(found, capabilities, () => verifyWithPlugin(found.plugin, verification, { signal })),
  };
}

function selectPlugin(
  { plugin: { name } }: VerificationPlugin,
  capabilities: readonly VerificationCapability[],
  run: () => Promise<PluginVerdict>,
): SelectedPlugin {
  let verdict: Promise<PluginVerdict> | undefined;
  const runOnce = () => {
    verdict ??= run();
    return verdict;
  };
  return {
    get started() {
      return verdict !== undefined;
    },
    decides: (capability) => capabilities.includes(capability),
    async require(capability) {
      const result = (await runOnce()).results.get(capability);
      if (result?.success !== true) throw rejected(name, capability, result?.reason);
    },
    async processedAttributes() {
      // Without a capability to query the plugin is not run, so that no attribute counts as processed. The reference
      // accepts such signatures.
      return capabilities.length > 0 ? (await runOnce()).processedAttributes : [];
    },
  };
}

/**
 * Checks that the plugin has processed every critical attribute that only it can understand.
 * @throws NotationError `ERR_CRITICAL_ATTRIBUTE_UNKNOWN`, and why the plugin failed
 * @see docs/specification.md, rule PLG-37
 */
export async function verifyProcessedAttributes({ envelope, plugin }: Signature): Promise<Finding> {
  const processed = (await plugin?.processedAttributes()) ?? [];
  requireNoneCritical(envelope.signedAttributes, [...PLUGIN_ATTRIBUTES, ...processed]);
  return {};
}

function rejected(
  name: string,
  capability: VerificationCapability,
  reason: string | undefined,
): NotationError {
  const what = capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY' ? 'identity' : 'revocation status';
  const why = reason ? `: ${oneLine(reason, 300)}` : ', and gives no reason';
  return new NotationError(
    'ERR_PLUGIN_REJECTED',
    `the plugin ${quote(name)} does not accept the ${what} of the signing certificate${why}`,
  );
}
