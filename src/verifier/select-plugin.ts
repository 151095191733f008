import { NotationError } from '../errors/index.ts';
import { oneLine, quote } from '../errors/quote.ts';
import type { VerificationCapability } from '../plugin/plugin.ts';
import {
  findVerificationPlugin,
  type PluginVerdict,
  type VerificationPlugin,
  verifyWithPlugin,
} from '../plugin/verify-signature.ts';
import type { VerificationContext } from './context.ts';
import type { SelectedPlugin, Signature } from './step.ts';

/** Finds the verification plugin that a signature names; errors are those of the step that does so. */
export async function selectPlugin(
  { envelope }: Signature,
  plugins: NonNullable<VerificationContext['plugins']>,
  { pluginConfig, statement, signal }: VerificationContext,
): Promise<SelectedPlugin> {
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
  return runLazily(found, capabilities, () => verifyWithPlugin(found.plugin, verification, { signal }));
}

function runLazily(
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
