import { parseDocument } from '../../encoding/document.ts';
import { parseJson } from '../../encoding/json.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { Plugin, PluginCommand } from '../../plugin/plugin.ts';
import { pluginText } from '../../plugin/responses.ts';
import { type ProgramEnd, runProgram } from '../programs/run-program.ts';
import { findProgram } from './plugin-file.ts';

/** How the programs of plugins are run. */
export interface ProgramOptions {
  /** The time limit of one command in milliseconds. */
  timeout: number;
  /** The environment; that of this process by default. */
  env: Readonly<Record<string, string>> | undefined;
}

/** The bytes that each output must stay below (plugin specification, "Plugin contract"; rule PLG-9). */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** The bytes of stderr that are read for a message. */
const MAX_TEXT = 4096;

const errorSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ errorCode: s.string(), errorMessage: s.nullish(s.string()) }),
);

/**
 * Creates a plugin that is a program. The file is checked before each run.
 * @param directory - The directory that contains a directory for each plugin.
 * @see docs/specification.md, rule PLG-7
 */
export function createProgramPlugin(
  directory: string,
  name: string,
  { timeout, env }: ProgramOptions,
): Plugin {
  return {
    name,
    async run(command, request, { signal } = {}) {
      const what = `the command ${command} of the plugin ${quote(name)}`;
      const program = await locate(directory, name);
      const end = await runProgram({
        program,
        command,
        input: JSON.stringify(request),
        env,
        timeout,
        maxOutput: MAX_OUTPUT,
        signal,
        what,
        codes: { start: 'ERR_PLUGIN_INVALID', output: 'ERR_PLUGIN_RESPONSE' },
      });
      if (end.code !== 0) throw failureOf(what, end);
      return readResponse(name, command, end.stdout);
    },
  };
}

async function locate(directory: string, name: string): Promise<string> {
  const program = await findProgram(directory, name);
  if (program !== undefined) return program;
  throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quote(name)} in ${directory}`);
}

function readResponse(name: string, command: PluginCommand, stdout: Uint8Array): unknown {
  try {
    return parseJson(stdout, `response of the plugin ${quote(name)} to ${command}`);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError('ERR_PLUGIN_RESPONSE', cause.message, { cause });
  }
}

function failureOf(what: string, { code, signal, stderr }: ProgramEnd): NotationError {
  const how = code === null ? `was killed by ${signal}` : `failed with exit code ${code}`;
  return new NotationError('ERR_PLUGIN_FAILED', `${what} ${how}${reasonOf(stderr)}`);
}

/** Describes the failure from stderr: the error of the protocol, or else its text in one line. */
function reasonOf(stderr: Uint8Array): string {
  try {
    const error = parseDocument(errorSchema(), stderr, 'error of the plugin', 'ERR_PLUGIN_RESPONSE');
    return `: ${pluginText([error.errorCode, error.errorMessage].filter(Boolean).join(': '))}`;
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    const text = pluginText(new TextDecoder().decode(stderr.subarray(0, MAX_TEXT)));
    return text ? `; stderr is not a protocol error: ${text}` : '; stderr is empty';
  }
}
