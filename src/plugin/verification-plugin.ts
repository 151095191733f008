import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { Plugin, PluginRunOptions, VerificationCapability } from './plugin.ts';
import { CONTRACT_VERSION } from './responses.ts';
import { CAPABILITIES, type VerifySignatureRequest } from './verify-signature.ts';
import { parseVersion } from './version.ts';

/** The response to `verify-signature`. */
export interface VerifySignatureResponse {
  /** The result of each check that the request names. */
  verificationResults: Partial<
    Record<VerificationCapability, { success: boolean; reason?: string | undefined }>
  >;
  /** The names of the attributes that were processed: at least those that the request names as unprocessed. */
  processedAttributes: string[];
}

/** The options of {@link createVerificationPlugin}. */
export interface VerificationPluginOptions {
  /** The name by which signatures require it. */
  name: string;
  /** A semantic version. */
  version: string;
  /** The checks that it makes in place of the native ones. */
  capabilities: readonly VerificationCapability[];
  /**
   * Verifies one signature, whose integrity and trust store were checked. It has no timeout of its own: the signal of the
   * verification stops it.
   */
  verify(
    request: VerifySignatureRequest,
    options: PluginRunOptions,
  ): VerifySignatureResponse | Promise<VerifySignatureResponse>;
  /** A description for people. */
  description?: string | undefined;
  /** The URL of its documentation. */
  url?: string | undefined;
}

/**
 * Creates a verification plugin from a function, for runtimes without processes and programs that need no other process.
 *
 * @param options - Its name and version, and the function.
 * @returns The plugin. Put it into a `Map` under its name, and pass that as `plugins` of a verifier.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#verification-extensibility
 *
 * @example
 * ```ts
 * import { createVerificationPlugin } from 'notarykit/plugin';
 *
 * const plugin = createVerificationPlugin({
 *   name: 'com.example.verifier',
 *   version: '1.0.0',
 *   capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
 *   verify({ signature, trustPolicy }) {
 *     const { extendedAttributes } = signature.criticalAttributes;
 *     const success = trustPolicy.trustedIdentities.includes(String(extendedAttributes['com.example.profile']));
 *     return {
 *       verificationResults: {
 *         'SIGNATURE_VERIFIER.TRUSTED_IDENTITY': { success, ...(!success && { reason: 'the profile is not trusted' }) },
 *       },
 *       processedAttributes: signature.unprocessedAttributes,
 *     };
 *   },
 * });
 * const plugins = new Map([[plugin.name, plugin]]); // createVerifier({ plugins, … })
 * console.log(plugins.size);
 * ```
 */
export function createVerificationPlugin(options: VerificationPluginOptions): Plugin {
  const { name, version, capabilities, verify, description = name, url = 'about:blank' } = options;
  if (typeof verify !== 'function') throw argumentInvalid('verify must be a function');
  if (typeof name !== 'string' || name === '') throw argumentInvalid('name must be the name of the plugin');
  if (typeof version !== 'string' || !parseVersion(version)) {
    throw argumentInvalid('version must be a semantic version, such as 1.0.0');
  }
  if (!Array.isArray(capabilities) || capabilities.length === 0 || !capabilities.every(isCapability)) {
    throw argumentInvalid(`capabilities must be some of ${CAPABILITIES.join(' and ')}`);
  }
  const metadata = {
    name,
    description,
    version,
    url,
    supportedContractVersions: [CONTRACT_VERSION],
    capabilities: [...capabilities],
  };
  return {
    name,
    async run(command, request, run = {}) {
      if (command === 'get-plugin-metadata') return metadata;
      if (command === 'verify-signature') return verify(request as VerifySignatureRequest, run);
      throw new NotationError('ERR_PLUGIN_INCOMPATIBLE', `the plugin ${quote(name)} can only verify`);
    },
  };
}

function isCapability(value: unknown): boolean {
  return CAPABILITIES.some((capability) => capability === value);
}
