import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { Plugin, PluginRunOptions, VerificationCapability } from './plugin.ts';
import { CONTRACT_VERSION } from './responses.ts';
import { CAPABILITIES, type VerifySignatureRequest } from './verify-signature.ts';
import { parseVersion } from './version.ts';

/** The response to `verify-signature`. */
export interface VerifySignatureResponse {
  /** For each requested capability. */
  verificationResults: Partial<Record<VerificationCapability, { success: boolean; reason?: string }>>;
  /** The names of the attributes that were processed: at least those that the request names as unprocessed. */
  processedAttributes: string[];
}

/** What {@link createVerificationPlugin} takes. */
export interface VerificationPluginOptions {
  /** The name that signatures name it by. */
  name: string;
  /** By Semantic Versioning. */
  version: string;
  /** What it decides in place of the native checks. */
  capabilities: readonly VerificationCapability[];
  /**
   * Decides about one signature, whose integrity and trust store were checked. It has no time-out of its own: the signal
   * of the verification stops it.
   */
  verify(
    request: VerifySignatureRequest,
    options: PluginRunOptions,
  ): VerifySignatureResponse | Promise<VerifySignatureResponse>;
  /** For people. */
  description?: string | undefined;
  /** Where to learn more. */
  url?: string | undefined;
}

/**
 * Makes a verification plugin of a function, for runtimes without processes and for programs that need none.
 *
 * @param options - Its name and version, and the function.
 * @returns The plugin, to be put into a `Map` under its name: the `plugins` of a verifier.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see Plugin specification, "Verification extensibility"
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
