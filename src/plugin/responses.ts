import { decodeBase64 } from '../encoding/base64.ts';
import { conform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { oneLine, quote } from '../errors/quote.ts';
import { untilAborted } from '../net/abort.ts';
import type { Plugin, PluginCommand, PluginRunOptions } from './plugin.ts';

/** The supported version of the plugin contract (plugin specification, "Plugin contract"; rule PLG-10). */
export const CONTRACT_VERSION = '1.0';

const MAX_TEXT = 8192;
const MAX_ITEMS = 1000;
/** The limit of characters of a plugin's message in an error or a report. */
const MAX_SHOWN = 500;

/** Members that the protocol does not define are ignored: later versions may add some (rule PLG-12). */
export const metadataSchema = /* @__PURE__ */ lazy(() => {
  const text = s.string({ min: 1, max: MAX_TEXT });
  const texts = s.array(s.string({ max: MAX_TEXT }), { min: 1, max: MAX_ITEMS });
  return s.looseObject({
    name: text,
    description: text,
    version: text,
    url: text,
    supportedContractVersions: texts,
    capabilities: texts,
  });
});

export const keySchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ keyId: s.string(), keySpec: s.string() }),
);

export const signatureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    keyId: s.string(),
    signature: s.string(),
    signingAlgorithm: s.string(),
    certificateChain: s.array(s.string(), { min: 1, max: 16 }),
  }),
);

export const envelopeSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    signatureEnvelope: s.string(),
    signatureEnvelopeType: s.string(),
    annotations: s.nullish(s.record(s.string(), s.string({ max: MAX_TEXT }))),
  }),
);

export const verificationSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    verificationResults: s.record(s.looseObject({ success: s.boolean(), reason: s.nullish(s.string()) })),
    // Names in COSE may be numbers.
    processedAttributes: s.nullish(
      s.array(s.either('string or number', s.string(), s.number()), { max: MAX_ITEMS }),
    ),
  }),
);

/**
 * Runs a command and checks the shape of the response.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`, and those of `Plugin.run`
 */
export async function runCommand<T>(
  plugin: Plugin,
  command: PluginCommand,
  request: object,
  schema: s.Schema<T>,
  options: PluginRunOptions = {},
): Promise<T> {
  const response = await run(plugin, command, request, options);
  return conform(
    schema,
    response,
    `response of the plugin ${quote(plugin.name)} to ${command}`,
    'ERR_PLUGIN_RESPONSE',
  );
}

/** Runs a command; the caller's own plugin may throw anything. */
async function run(
  plugin: Plugin,
  command: PluginCommand,
  request: object,
  options: PluginRunOptions,
): Promise<unknown> {
  try {
    // A function need not heed the signal.
    return await untilAborted(
      plugin.run(command, request, options),
      options.signal,
      `the plugin ${quote(plugin.name)}`,
    );
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const reason = cause instanceof Error ? `: ${pluginText(cause.message)}` : '';
    throw new NotationError('ERR_PLUGIN_FAILED', `the plugin ${quote(plugin.name)} failed${reason}`, {
      cause,
    });
  }
}

/** Puts a message of a plugin on one line. */
export function pluginText(text: string): string {
  return oneLine(text, MAX_SHOWN);
}

/**
 * Decodes bytes of a response.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`
 */
export function decodeBytes(plugin: Plugin, what: string, text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw responseInvalid(plugin, `its ${what} is not base64`, cause);
  }
}

/** Makes the error of a response that has the right shape and breaks the rules of the protocol. */
export function responseInvalid({ name }: Plugin, problem: string, cause?: unknown): NotationError {
  const message = `the plugin ${quote(name)} breaks the plugin protocol: ${problem}`;
  return new NotationError('ERR_PLUGIN_RESPONSE', message, { cause });
}
