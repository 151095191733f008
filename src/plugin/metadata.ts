import { NotationError } from '../errors/index.ts';
import type { Plugin, PluginRunOptions } from './plugin.ts';
import { ask, brokenReply, CONTRACT_VERSION, metadataSchema } from './responses.ts';

/** Texts that a plugin is configured with; what may be in it, the plugin says. */
export type PluginConfig = Readonly<Record<string, string>>;

/** What a plugin says of itself. */
export interface PluginMetadata {
  /** The name that it is installed under. */
  name: string;
  description: string;
  /** By Semantic Versioning. */
  version: string;
  /** Where to learn more. */
  url: string;
  supportedContractVersions: string[];
  /** Such as `SIGNATURE_GENERATOR.RAW` and `SIGNATURE_VERIFIER.TRUSTED_IDENTITY`. */
  capabilities: string[];
}

/** What asking a plugin takes beside the plugin. */
export interface PluginOptions extends PluginRunOptions {
  /** Handed to the plugin with the command. */
  pluginConfig?: PluginConfig | undefined;
}

/**
 * Asks a plugin what it is, and checks that it is what it says, and that it speaks the one version of the contract.
 *
 * @param plugin - From a plugin manager, or `createVerificationPlugin`.
 * @param options - Its configuration.
 * @returns The metadata, of which every member is there.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`, `ERR_PLUGIN_INCOMPATIBLE` for a plugin of another contract,
 * `ERR_PLUGIN_FAILED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Plugin specification, "get-plugin-metadata"
 *
 * @example
 * ```ts
 * import { createVerificationPlugin, getPluginMetadata } from 'notarykit/plugin';
 *
 * const plugin = createVerificationPlugin({
 *   name: 'com.example.verifier',
 *   version: '1.0.0',
 *   capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
 *   verify: () => ({ verificationResults: {}, processedAttributes: [] }),
 * });
 * console.log((await getPluginMetadata(plugin)).version); // 1.0.0
 * ```
 */
export async function getPluginMetadata(
  plugin: Plugin,
  options: PluginOptions = {},
): Promise<PluginMetadata> {
  const { pluginConfig, ...run } = options;
  const request = pluginConfig ? { pluginConfig } : {};
  const reply = await ask(plugin, 'get-plugin-metadata', request, metadataSchema(), run);
  const { name, description, version, url, supportedContractVersions, capabilities } = reply;
  if (name !== plugin.name) {
    throw brokenReply(plugin, `it calls itself ${JSON.stringify(name.slice(0, 80))}`);
  }
  if (!supportedContractVersions.includes(CONTRACT_VERSION)) {
    throw new NotationError(
      'ERR_PLUGIN_INCOMPATIBLE',
      `the plugin ${JSON.stringify(name)} does not support the plugin contract ${CONTRACT_VERSION}`,
    );
  }
  return { name, description, version, url, supportedContractVersions, capabilities };
}
