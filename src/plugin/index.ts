/**
 * Notation plugins: their requests, and the checks of their responses. `notarykit/node` runs plugins that are programs.
 *
 * @packageDocumentation
 */
export { getPluginMetadata, type PluginConfig, type PluginMetadata, type PluginOptions } from './metadata.ts';
export type {
  Plugin,
  PluginCommand,
  PluginRunOptions,
  PluginSource,
  VerificationCapability,
} from './plugin.ts';
export { createPluginSigner, type PluginSignerOptions } from './plugin-signer.ts';
export {
  createVerificationPlugin,
  type VerificationPluginOptions,
  type VerifySignatureResponse,
} from './verification-plugin.ts';
export type { VerifySignatureRequest } from './verify-signature.ts';
