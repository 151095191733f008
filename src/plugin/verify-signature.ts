import { encodeBase64 } from '../encoding/base64.ts';
import {
  AttributeName,
  type ExtendedAttribute,
  envelopeInvalid,
  keyText,
  PLUGIN_ATTRIBUTES,
  type SignedAttributes,
} from '../envelope/attributes.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import { toPlain } from '../envelope/plain-value.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { untilAborted } from '../net/abort.ts';
import { getPluginMetadata, type PluginConfig, type PluginOptions } from './metadata.ts';
import type { Plugin, PluginRunOptions, PluginSource, VerificationCapability } from './plugin.ts';
import {
  CONTRACT_VERSION,
  pluginText,
  responseInvalid,
  runCommand,
  verificationSchema,
} from './responses.ts';
import { compareVersions, parseVersion } from './version.ts';

/** The verification plugin that a signature names. */
export interface VerificationPlugin {
  plugin: Plugin;
  /** The checks that it can make; at least one. */
  capabilities: VerificationCapability[];
}

/** The input of {@link verifyWithPlugin}. */
export interface PluginVerification {
  /** The envelope, whose integrity was verified. */
  envelope: SignatureEnvelope;
  /** The checks that the plugin must make; at least one. */
  capabilities: readonly VerificationCapability[];
  /** The trusted identities of the trust policy statement. */
  trustedIdentities: readonly string[];
  pluginConfig?: PluginConfig | undefined;
}

/** The verdict of a plugin. */
export interface PluginVerdict {
  /** The result of each requested check. */
  results: ReadonlyMap<VerificationCapability, { success: boolean; reason?: string | undefined }>;
  /** All attributes that it had to process, and maybe more. */
  processedAttributes: readonly (string | number)[];
}

/** The request of `verify-signature`, as a plugin receives it. */
export interface VerifySignatureRequest {
  contractVersion: string;
  signature: {
    criticalAttributes: {
      contentType: string;
      signingScheme: string;
      /** RFC 3339, UTC. */
      expiry?: string;
      /** RFC 3339, UTC. */
      authenticSigningTime?: string;
      verificationPlugin?: string;
      verificationPluginMinVersion?: string;
      /** The attributes by name, as JSON. */
      extendedAttributes: Record<string, unknown>;
    };
    /** The names of the attributes that the plugin must process. */
    unprocessedAttributes: string[];
    /** Base64 of DER, leaf first. */
    certificateChain: string[];
  };
  trustPolicy: { trustedIdentities: string[]; signatureVerification: VerificationCapability[] };
  pluginConfig?: PluginConfig;
}

/** The checks that a verification plugin may make. */
export const CAPABILITIES: readonly VerificationCapability[] = [
  'SIGNATURE_VERIFIER.TRUSTED_IDENTITY',
  'SIGNATURE_VERIFIER.REVOCATION_CHECK',
];

/**
 * Finds the plugin that a signature names, in a version that it allows, with a capability to verify.
 * @throws NotationError `ERR_ENVELOPE_INVALID` for a malformed attribute, `ERR_PLUGIN_NOT_FOUND`,
 * `ERR_PLUGIN_INCOMPATIBLE`, and those of running it
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#verification-extensibility
 * (rules PLG-13, PLG-29, PLG-31)
 */
export async function findVerificationPlugin(
  plugins: PluginSource,
  attributes: SignedAttributes,
  options: PluginOptions = {},
): Promise<VerificationPlugin> {
  const name = readText(attributes, AttributeName.verificationPlugin);
  if (name === undefined) throw envelopeInvalid('it names no verification plugin');
  const plugin = await lookUp(plugins, name, options);
  if (!plugin) {
    throw new NotationError(
      'ERR_PLUGIN_NOT_FOUND',
      `the signature requires the verification plugin ${quote(name)}, which is not installed`,
    );
  }
  if (plugin.name !== name) throw incompatible(name, `is ${quote(plugin.name)}`);
  const { version, capabilities } = await getPluginMetadata(plugin, options);
  checkVersion(name, version, readText(attributes, AttributeName.verificationPluginMinVersion));
  const able = CAPABILITIES.filter((capability) => capabilities.includes(capability));
  if (able.length > 0) return { plugin, capabilities: able };
  throw incompatible(name, 'cannot verify');
}

/** The caller's own source may throw anything, and may ignore the signal. */
async function lookUp(
  plugins: PluginSource,
  name: string,
  { signal }: PluginRunOptions,
): Promise<Plugin | undefined> {
  try {
    return await untilAborted(
      Promise.resolve(plugins.get(name)),
      signal,
      `the lookup of the plugin ${quote(name)}`,
    );
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const message = `the verification plugin ${quote(name)}, which the signature requires, cannot be looked up`;
    throw new NotationError('ERR_PLUGIN_NOT_FOUND', message, { cause });
  }
}

/**
 * Has a plugin verify a signature, and checks that its response is complete.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`, `ERR_CRITICAL_ATTRIBUTE_UNKNOWN` for an attribute that the protocol cannot
 * name, `ERR_ENVELOPE_INVALID` for an attribute whose value JSON cannot express, and those of running it
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#verification-extensibility
 * (rule PLG-35)
 */
export async function verifyWithPlugin(
  plugin: Plugin,
  verification: PluginVerification,
  options: PluginRunOptions = {},
): Promise<PluginVerdict> {
  const request = requestOf(verification);
  const response = await runCommand(plugin, 'verify-signature', request, verificationSchema(), options);
  const results = new Map<VerificationCapability, { success: boolean; reason?: string | undefined }>();
  for (const capability of verification.capabilities) {
    const result = Object.hasOwn(response.verificationResults, capability)
      ? response.verificationResults[capability]
      : undefined;
    if (!result) throw responseInvalid(plugin, `it gives no result for ${capability}`);
    const reason = result.reason ? pluginText(result.reason) : undefined;
    results.set(capability, { success: result.success, reason });
  }
  const unrequested = Object.keys(response.verificationResults).find(
    (key) => !(results as Map<string, unknown>).has(key),
  );
  if (unrequested !== undefined)
    throw responseInvalid(plugin, `it gives a result for ${quote(unrequested)}, which was not requested`);
  const processedAttributes = response.processedAttributes ?? [];
  const left = request.signature.unprocessedAttributes.find((name) => !processedAttributes.includes(name));
  if (left !== undefined) throw responseInvalid(plugin, `it did not process the attribute ${quote(left)}`);
  return { results, processedAttributes };
}

function requestOf({
  envelope,
  capabilities,
  trustedIdentities,
  pluginConfig,
}: PluginVerification): VerifySignatureRequest {
  const { contentType, certificates, signedAttributes } = envelope;
  const { signingScheme, expiry, authenticSigningTime } = signedAttributes;
  const attributes = forPlugin(signedAttributes);
  const verificationPlugin = readText(signedAttributes, AttributeName.verificationPlugin);
  const verificationPluginMinVersion = readText(signedAttributes, AttributeName.verificationPluginMinVersion);
  return {
    contractVersion: CONTRACT_VERSION,
    signature: {
      criticalAttributes: {
        contentType,
        signingScheme,
        ...(expiry && { expiry: formatRfc3339(expiry) }),
        ...(authenticSigningTime && { authenticSigningTime: formatRfc3339(authenticSigningTime) }),
        ...(verificationPlugin !== undefined && { verificationPlugin }),
        ...(verificationPluginMinVersion !== undefined && { verificationPluginMinVersion }),
        extendedAttributes: Object.fromEntries(attributes.map(({ key, value }) => [key, asJson(key, value)])),
      },
      unprocessedAttributes: attributes.map(({ key }) => key),
      certificateChain: certificates.map(({ der }) => encodeBase64(der)),
    },
    trustPolicy: {
      trustedIdentities: [...trustedIdentities],
      signatureVerification: [...capabilities],
    },
    ...(pluginConfig && { pluginConfig }),
  };
}

/**
 * Returns the attributes that the plugin must process: also those that are not critical, as in the reference.
 * @see docs/specification.md, rule PLG-34
 */
function forPlugin({ extended }: SignedAttributes): (ExtendedAttribute & { key: string })[] {
  return extended.flatMap((attribute) => {
    const { key, critical } = attribute;
    if (PLUGIN_ATTRIBUTES.includes(key)) return [];
    if (typeof key === 'string' && key !== '__proto__') return [{ ...attribute, key }];
    // The protocol has no way to name it: the reference leaves it out, and so accepts it unprocessed.
    if (critical) {
      throw new NotationError(
        'ERR_CRITICAL_ATTRIBUTE_UNKNOWN',
        `the critical attribute ${keyText(key)} is unknown`,
      );
    }
    return [];
  });
}

function asJson(key: string, value: unknown): unknown {
  const plain = (member: unknown) => {
    if (isBeyondJson(member))
      throw envelopeInvalid(`JSON cannot express its attribute ${quote(key)} to a plugin`);
    return toPlain(member);
  };
  return JSON.parse(JSON.stringify(plain(value), (_, member) => plain(member)) ?? 'null');
}

/** Reports whether JSON cannot express a CBOR value: the plugin would receive another one. The reference fails too. */
function isBeyondJson(value: unknown): boolean {
  if (value instanceof Map) return [...value.keys()].some((key) => typeof key !== 'string');
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value));
}

/** Reads a string that must be critical, as the signature specification requires of both (rule ENV-14). */
function readText({ extended }: SignedAttributes, name: string): string | undefined {
  const attribute = extended.find(({ key }) => key === name);
  if (!attribute) return undefined;
  const { value, critical } = attribute;
  if (!critical) throw envelopeInvalid(`its attribute ${name} is not critical`);
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw envelopeInvalid(`its attribute ${name} is not a string, or is empty`);
}

function checkVersion(name: string, version: string, minimum: string | undefined): void {
  const actual = parseVersion(version);
  const required = minimum === undefined ? undefined : parseVersion(minimum);
  if (minimum !== undefined && !required)
    throw envelopeInvalid(`its minimum plugin version ${quote(minimum)} is not a semantic version`);
  if (actual && (!required || compareVersions(actual, required) >= 0)) return;
  const problem = actual
    ? `is older than ${quote(minimum)}, which the signature requires`
    : 'is not a semantic version';
  throw new NotationError(
    'ERR_PLUGIN_INCOMPATIBLE',
    `the version ${quote(version)} of the verification plugin ${quote(name)} ${problem}`,
  );
}

function incompatible(name: string, problem: string): NotationError {
  return new NotationError(
    'ERR_PLUGIN_INCOMPATIBLE',
    `the signature requires the verification plugin ${quote(name)}, but the installed plugin of that name ${problem}`,
  );
}
