import { algorithmForKey, type KeySpec, signatureAlgorithms } from '../crypto/algorithms.ts';
import { encodeBase64 } from '../encoding/base64.ts';
import { claimedSigningTime } from '../envelope/attributes.ts';
import { createEnvelope, parseEnvelope } from '../envelope/envelope.ts';
import { PAYLOAD_MEDIA_TYPE } from '../envelope/payload.ts';
import type { EnvelopeRequest, EnvelopeSigner, RemoteKey, SignedEnvelope } from '../envelope/signer.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { readCertificate } from '../x509/certificate.ts';
import { checkValidAt } from '../x509/chain.ts';
import { getPluginMetadata, type PluginConfig, type PluginMetadata } from './metadata.ts';
import type { Plugin, PluginRunOptions } from './plugin.ts';
import {
  CONTRACT_VERSION,
  decodeBytes,
  envelopeSchema,
  keySchema,
  responseInvalid,
  runCommand,
  signatureSchema,
} from './responses.ts';

const RAW = 'SIGNATURE_GENERATOR.RAW';
const ENVELOPE = 'SIGNATURE_GENERATOR.ENVELOPE';
const ENVELOPE_FOR_BLOB = 'SIGNATURE_GENERATOR.ENVELOPE_FOR_BLOB';
const RESERVED_PREFIX = 'io.cncf.notary';

/** The options of {@link createPluginSigner}. */
export interface PluginSignerOptions extends PluginRunOptions {
  /** The plugin, from a plugin manager. */
  plugin: Plugin;
  /** The key, as the plugin names it. */
  keyId: string;
  /** Passed to the plugin with each command. */
  pluginConfig?: PluginConfig | undefined;
}

/**
 * Creates a signer from a notation plugin. A plugin that generates signatures (`SIGNATURE_GENERATOR.RAW`) signs artifacts and
 * blobs; one that generates envelopes (`SIGNATURE_GENERATOR.ENVELOPE`) signs artifacts, and blobs if it describes its key
 * (`SIGNATURE_GENERATOR.ENVELOPE_FOR_BLOB`), without a timestamp.
 *
 * @param options - The plugin and the key.
 * @returns The signer. The certificate chain comes from the plugin with each signature, and is checked then.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_PLUGIN_INCOMPATIBLE` for a plugin that cannot sign,
 * `ERR_ALGORITHM_UNSUPPORTED` for a key that the specification does not allow, `ERR_PLUGIN_RESPONSE`,
 * `ERR_PLUGIN_FAILED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#signing-interfaces
 * (rules PLG-15, PLG-22, PLG-23)
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createPluginSigner, createVerificationPlugin } from 'notarykit/plugin';
 *
 * // Usually from createPluginManager() of notarykit/node: `await plugins.get('com.example.signer')`. This one cannot sign:
 * const plugin = createVerificationPlugin({
 *   name: 'com.example.verifier',
 *   version: '1.0.0',
 *   capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
 *   verify: () => ({ verificationResults: {}, processedAttributes: [] }),
 * });
 * try {
 *   await createPluginSigner({ plugin, keyId: 'release' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_PLUGIN_INCOMPATIBLE')); // true
 * }
 * ```
 */
export async function createPluginSigner(options: PluginSignerOptions): Promise<EnvelopeSigner> {
  const { plugin, keyId, pluginConfig, signal } = options;
  if (typeof plugin?.run !== 'function') throw argumentInvalid('plugin must be a plugin of a plugin manager');
  if (typeof keyId !== 'string' || keyId === '') throw argumentInvalid('keyId must be the name of a key');
  const metadata = await getPluginMetadata(plugin, { pluginConfig, signal });
  const own = { plugin, keyId, pluginConfig };
  // Few plugins have both capabilities; the reference prefers RAW too.
  if (metadata.capabilities.includes(RAW)) return signatureSigner(own, metadata, { signal });
  const createEnvelope: EnvelopeSigner['createEnvelope'] = (request, run) =>
    generateEnvelope(own, request, run);
  if (metadata.capabilities.includes(ENVELOPE_FOR_BLOB)) {
    return { keySpec: await describeKey(own, { signal }), createEnvelope };
  }
  if (metadata.capabilities.includes(ENVELOPE)) return { createEnvelope };
  throw new NotationError('ERR_PLUGIN_INCOMPATIBLE', `the plugin ${quote(plugin.name)} cannot sign`);
}

type Key = Pick<PluginSignerOptions, 'plugin' | 'keyId' | 'pluginConfig'>;

async function signatureSigner(
  key: Key,
  { name, version }: PluginMetadata,
  options: PluginRunOptions,
): Promise<EnvelopeSigner> {
  const keySpec = await describeKey(key, options);
  return {
    keySpec,
    async createEnvelope(request, run) {
      const signingAgent = [request.signingAgent, `${name}/${version}`].filter(Boolean).join(' ');
      const bytes = await createEnvelope({ ...request, signingAgent }, remoteKey(key, keySpec, run));
      return { bytes };
    },
  };
}

async function describeKey(
  { plugin, keyId, pluginConfig }: Key,
  options: PluginRunOptions,
): Promise<KeySpec> {
  const request = { contractVersion: CONTRACT_VERSION, keyId, ...(pluginConfig && { pluginConfig }) };
  const response = await runCommand(plugin, 'describe-key', request, keySchema(), options);
  if (response.keyId !== keyId)
    throw responseInvalid(plugin, 'it describes a key other than the requested one');
  return algorithmForKey(response.keySpec).keySpec;
}

/** `createEnvelope` verifies the plugin's signature and checks its chain (rules PLG-16, PLG-18). */
function remoteKey(
  { plugin, keyId, pluginConfig }: Key,
  keySpec: KeySpec,
  options?: PluginRunOptions,
): RemoteKey {
  const algorithm = algorithmForKey(keySpec);
  return {
    keySpec,
    async signWithChain(bytes) {
      const request = {
        contractVersion: CONTRACT_VERSION,
        keyId,
        ...(pluginConfig && { pluginConfig }),
        keySpec,
        hashAlgorithm: algorithm.hash,
        payload: encodeBase64(bytes),
      };
      const response = await runCommand(plugin, 'generate-signature', request, signatureSchema(), options);
      if (response.keyId !== keyId)
        throw responseInvalid(plugin, 'it signs with a key other than the requested one');
      if (response.signingAlgorithm !== algorithm.plugin) {
        const known = signatureAlgorithms.some((row) => row.plugin === response.signingAlgorithm);
        throw responseInvalid(
          plugin,
          known ? `it signs with ${response.signingAlgorithm}` : 'its signing algorithm is unknown',
        );
      }
      return {
        signature: decodeBytes(plugin, 'signature', response.signature),
        certificates: response.certificateChain.map((text) =>
          readCertificate(decodeBytes(plugin, 'certificate chain', text)),
        ),
      };
    },
  };
}

async function generateEnvelope(
  { plugin, keyId, pluginConfig }: Key,
  request: EnvelopeRequest,
  options?: PluginRunOptions,
): Promise<SignedEnvelope> {
  const { mediaType, payload, expiry, signingTime } = request;
  checkRequest(request);
  const expiryDurationInSeconds = expiry && (expiry.getTime() - signingTime.getTime()) / 1000;
  const response = await runCommand(
    plugin,
    'generate-envelope',
    {
      contractVersion: CONTRACT_VERSION,
      keyId,
      ...(pluginConfig && { pluginConfig }),
      payload: encodeBase64(payload),
      payloadType: PAYLOAD_MEDIA_TYPE,
      signatureEnvelopeType: mediaType,
      ...(expiryDurationInSeconds && { expiryDurationInSeconds }),
    },
    envelopeSchema(),
    options,
  );
  if (response.signatureEnvelopeType !== mediaType)
    throw responseInvalid(plugin, `its envelope is not of the type ${mediaType}`);
  const bytes = decodeBytes(plugin, 'signature envelope', response.signatureEnvelope);
  const annotations = response.annotations ?? {};
  const reserved = Object.keys(annotations).find((key) => key.startsWith(RESERVED_PREFIX));
  if (reserved !== undefined) throw responseInvalid(plugin, `it annotates with ${quote(reserved)}`);
  checkTimes(plugin, bytes, request);
  return { bytes, annotations };
}

/**
 * Rejects what the protocol cannot request. A timestamp must not be added to the envelope of a plugin.
 * @see docs/specification.md, rule PLG-28
 */
function checkRequest({ extended, timestamp, signingScheme }: EnvelopeRequest): void {
  if (timestamp)
    throw argumentInvalid('a plugin that makes whole envelopes has them timestamped itself, or not at all');
  if (extended && extended.length > 0)
    throw argumentInvalid('a plugin that makes whole envelopes takes no extended attributes');
  if (signingScheme !== 'notary.x509')
    throw argumentInvalid('a plugin that makes whole envelopes chooses its signing scheme itself');
}

/**
 * Checks that the envelope expires as requested, within a second: the plugin takes the signing time from its own clock.
 * Without a request the plugin may choose: AWS Signer takes the expiry from its signing profile.
 */
function checkTimes(
  plugin: Plugin,
  bytes: Uint8Array,
  { mediaType, expiry, signingTime }: EnvelopeRequest,
): void {
  const { certificates, signedAttributes } = parseEnvelope(bytes, mediaType);
  const made = claimedSigningTime(signedAttributes);
  checkValidAt(certificates, made);
  if (!expiry) return;
  const requested = expiry.getTime() - signingTime.getTime();
  const actual = (signedAttributes.expiry?.getTime() ?? Number.POSITIVE_INFINITY) - made.getTime();
  if (Math.abs(requested - actual) < 1000) return;
  throw responseInvalid(plugin, 'its envelope does not expire at the requested time');
}
