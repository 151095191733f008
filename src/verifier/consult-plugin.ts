import type { SignatureEnvelope } from '../envelope/model.ts';
import { NotationError } from '../errors/index.ts';
import type { PluginSource, VerificationCapability } from '../plugin/plugin.ts';
import type { StatementBase } from '../policy/types.ts';

/** What verification plugins are found and asked with. */
export interface PluginContext {
  statement: StatementBase;
  plugins?: PluginSource | undefined;
  pluginConfig?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** The verification plugin that a signature names, which is asked once: when the first answer is wanted. */
export interface Consultation {
  /** Whether the plugin decides in place of the native check. */
  decides(capability: VerificationCapability): boolean;
  /** @throws NotationError `ERR_PLUGIN_REJECTED`, or why it gives no answer */
  demand(capability: VerificationCapability): Promise<void>;
  /** The names of the attributes that need no more looking at. @throws NotationError Why the plugin gives no answer */
  processed(): Promise<readonly (string | number)[]>;
  readonly begun: boolean;
}

/**
 * Finds the plugin that a signature names. What it decides are the identity and, unless the policy skips it, revocation;
 * the trust store and everything else stays with the native checks (plugin specification, "Verification extensibility").
 * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INCOMPATIBLE` and those of running it
 */
export async function consultPlugin(
  envelope: SignatureEnvelope,
  plugins: PluginSource,
  { statement, pluginConfig, signal }: PluginContext,
): Promise<Consultation> {
  const { findVerificationPlugin, verifyWithPlugin } = await import('../plugin/verify-signature.ts');
  const found = await findVerificationPlugin(plugins, envelope.signedAttributes, { pluginConfig, signal });
  const capabilities = found.capabilities.filter(
    (capability) =>
      capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY' || statement.actions.revocation !== 'skip',
  );
  const { trustedIdentities } = statement;
  const ask = () =>
    verifyWithPlugin(
      found.plugin,
      {
        envelope,
        capabilities,
        trustedIdentities: trustedIdentities === '*' ? ['*'] : trustedIdentities.map(({ text }) => text),
        pluginConfig,
      },
      { signal },
    );
  let answer: ReturnType<typeof ask> | undefined;
  const answered = () => {
    answer ??= ask();
    return answer;
  };
  return {
    get begun() {
      return answer !== undefined;
    },
    decides: (capability) => capabilities.includes(capability),
    async demand(capability) {
      const { results } = await answered();
      const result = results.get(capability);
      if (result?.success === true) return;
      throw rejected(found.plugin.name, capability, result?.reason);
    },
    async processed() {
      // Where there is nothing to ask, nobody looks at them (the reference accepts such signatures).
      return capabilities.length > 0 ? (await answered()).processedAttributes : [];
    },
  };
}

function rejected(
  name: string,
  capability: VerificationCapability,
  reason: string | undefined,
): NotationError {
  const what = capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY' ? 'identity' : 'revocation status';
  const why = reason ? `: ${reason.slice(0, 300)}` : ', and gives no reason';
  return new NotationError(
    'ERR_PLUGIN_REJECTED',
    `the plugin ${JSON.stringify(name)} does not accept the ${what} of the signing certificate${why}`,
  );
}
