import * as z from 'zod/mini';
import { decodeBase64 } from '../encoding/base64.ts';
import { once } from '../encoding/once.ts';
import { conform } from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { untilAborted } from '../net/abort.ts';
import type { Plugin, PluginCommand, PluginRunOptions } from './plugin.ts';

/** The version of the plugin contract that is spoken here (plugin specification, "Plugin contract"). */
export const CONTRACT_VERSION = '1.0';

const MAX_TEXT = 8192;
const MAX_ITEMS = 1000;
/** Characters of what a plugin says that an error shows. */
const MAX_SHOWN = 500;
/** Control characters, and those that turn the direction of a text or hide in it. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** Members that the protocol does not know are for later versions of it: they are let pass and not looked at. */
export const metadataSchema = /* @__PURE__ */ once(() => {
  const text = required();
  return z.looseObject({
    name: text,
    description: text,
    version: text,
    url: text,
    supportedContractVersions: texts(1),
    capabilities: texts(1),
  });
});

export const keySchema = /* @__PURE__ */ once(() =>
  z.looseObject({ keyId: z.string(), keySpec: z.string() }),
);

export const signatureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    keyId: z.string(),
    signature: z.string(),
    signingAlgorithm: z.string(),
    certificateChain: z.array(z.string()).check(z.minLength(1), z.maxLength(16)),
  }),
);

export const envelopeSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    signatureEnvelope: z.string(),
    signatureEnvelopeType: z.string(),
    annotations: z.nullish(z.record(z.string().check(z.maxLength(MAX_TEXT)), z.string())),
  }),
);

export const verificationSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    verificationResults: z.record(
      z.string(),
      z.looseObject({ success: z.boolean(), reason: z.nullish(z.string()) }),
    ),
    // COSE knows names that are numbers, which Go reads as such.
    processedAttributes: z.nullish(z.array(z.union([z.string(), z.number()])).check(z.maxLength(MAX_ITEMS))),
  }),
);

function required() {
  return z.string().check(z.minLength(1), z.maxLength(MAX_TEXT));
}

function texts(least: number) {
  return z.array(z.string().check(z.maxLength(MAX_TEXT))).check(z.minLength(least), z.maxLength(MAX_ITEMS));
}

/**
 * Runs a command and checks the shape of the reply.
 * @throws NotationError `ERR_PLUGIN_RESPONSE`, and those of `Plugin.run`
 */
export async function ask<T extends z.ZodMiniType>(
  plugin: Plugin,
  command: PluginCommand,
  request: object,
  schema: T,
  options: PluginRunOptions = {},
): Promise<z.infer<T>> {
  const reply = await runTyped(plugin, command, request, options);
  return conform(
    schema,
    reply,
    `reply of the plugin ${JSON.stringify(plugin.name)} to ${command}`,
    'ERR_PLUGIN_RESPONSE',
  );
}

/** Functions of the caller's own may throw anything. */
async function runTyped(
  plugin: Plugin,
  command: PluginCommand,
  request: object,
  options: PluginRunOptions,
): Promise<unknown> {
  try {
    // A function need not heed the signal.
    return await untilAborted(plugin.run(command, request, options), options.signal);
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const reason = cause instanceof Error ? `: ${oneLine(cause.message)}` : '';
    throw new NotationError(
      'ERR_PLUGIN_FAILED',
      `the plugin ${JSON.stringify(plugin.name)} failed${reason}`,
      {
        cause,
      },
    );
  }
}

/** What a plugin says, for an error: in one line, bounded, without what steers a terminal or hides. */
export function oneLine(text: string): string {
  const visible = text.slice(0, 4 * MAX_SHOWN).replace(UNSEEN, ' ');
  return visible.replace(/\s+/g, ' ').trim().slice(0, MAX_SHOWN);
}

/** Bytes as the protocol writes them. @throws NotationError `ERR_PLUGIN_RESPONSE` */
export function decodeReply(plugin: Plugin, what: string, text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw brokenReply(plugin, `its ${what} is not base64`, cause);
  }
}

/** A reply that has the right shape and says what it must not. */
export function brokenReply({ name }: Plugin, problem: string, cause?: unknown): NotationError {
  const message = `the plugin ${JSON.stringify(name)} breaks the plugin protocol: ${problem}`;
  return new NotationError('ERR_PLUGIN_RESPONSE', message, { cause });
}
