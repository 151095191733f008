import { PLUGIN_ATTRIBUTES } from '../../envelope/attributes.ts';
import type { VerificationContext } from '../context.ts';
import { namedPlugin, requireNoneCritical } from '../critical-attributes.ts';
import type { Finding, Signature } from '../step.ts';

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
export async function findPlugin(signature: Signature, context: VerificationContext): Promise<Finding> {
  const { plugins } = context;
  // Not reached: without plugins the integrity step has failed.
  if (!plugins) return {};
  const { selectPlugin } = await import('../select-plugin.ts');
  return { plugin: await selectPlugin(signature, plugins, context) };
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
