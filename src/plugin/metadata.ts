import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { Plugin, PluginRunOptions } from './plugin.ts';
import { CONTRACT_VERSION, metadataSchema, responseInvalid, runCommand } from './responses.ts';

/** The configuration of a plugin, as strings; the plugin defines the keys. */
export type PluginConfig = Readonly<Record<string, string>>;

/** The metadata of a plugin. */
export interface PluginMetadata {
  /** The name that it is installed under. */
  name: string;
  description: string;
  /** By Semantic Versioning. */
  version: string;
  /** The URL of the plugin's home page. */
  url: string;
  supportedContractVersions: string[];
  /** Such as `SIGNATURE_GENERATOR.RAW` and `SIGNATURE_VERIFIER.TRUSTED_IDENTITY`. */
  capabilities: string[];
}

/** The options of a request to a plugin. */
export interface PluginOptions extends PluginRunOptions {
  /** Passed to the plugin with the command. */
  pluginConfig?: PluginConfig | undefined;
}

/**
 * Requests the metadata of a plugin, and checks its name and that it supports the one version of the contract.
 *
 * @param plugin - The plugin of a plugin manager or of `createVerificationPlugin`.
 * @param options - Its configuration.
 * @returns The metadata; every member is present.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`, `ERR_PLUGIN_INCOMPATIBLE` for a plugin of another contract,
 * `ERR_PLUGIN_FAILED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#plugin-metadata
 * (rules PLG-11, PLG-12)
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
  const response = await runCommand(plugin, 'get-plugin-metadata', request, metadataSchema(), run);
  const { name, description, version, url, supportedContractVersions, capabilities } = response;
  if (name !== plugin.name) throw responseInvalid(plugin, `it calls itself ${quote(name)}`);
  if (!supportedContractVersions.includes(CONTRACT_VERSION)) {
    throw new NotationError(
      'ERR_PLUGIN_INCOMPATIBLE',
      `the plugin ${quote(name)} does not support the plugin contract ${CONTRACT_VERSION}`,
    );
  }
  return { name, description, version, url, supportedContractVersions, capabilities };
}
