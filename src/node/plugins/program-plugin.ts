import * as z from 'zod/mini';
import { parseJson } from '../../encoding/json.ts';
import { once } from '../../encoding/once.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Plugin, PluginCommand } from '../../plugin/plugin.ts';
import { pluginText } from '../../plugin/responses.ts';
import { findProgram } from './plugin-file.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** How the programs of plugins are run. */
export interface ProgramOptions {
  /** Milliseconds for one command. */
  timeout: number;
  /** The environment; that of this process by default. */
  env: Readonly<Record<string, string>> | undefined;
}

/** Bytes of what a plugin says against the protocol that are looked at. */
const MAX_TEXT = 4096;

const errorSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ errorCode: z.string(), errorMessage: z.nullish(z.string()) }),
);

/**
 * A plugin that is a program. What is at its place is checked before each run.
 * @param directory - The folder that holds a folder for each plugin.
 */
export function createProgramPlugin(
  directory: string,
  name: string,
  { timeout, env }: ProgramOptions,
): Plugin {
  return {
    name,
    async run(command, request, { signal } = {}) {
      const what = `the plugin ${JSON.stringify(name)}, asked to ${command},`;
      const program = await locate(directory, name);
      const end = await runProgram({
        program,
        command,
        input: JSON.stringify(request),
        env,
        timeout,
        signal,
        what,
      });
      if (end.code !== 0) throw failureOf(what, end);
      return readReply(name, command, end.stdout);
    },
  };
}

async function locate(directory: string, name: string): Promise<string> {
  const program = await findProgram(directory, name);
  if (program !== undefined) return program;
  throw new NotationError(
    'ERR_PLUGIN_NOT_FOUND',
    `there is no plugin ${JSON.stringify(name)} in ${directory}`,
  );
}

function readReply(name: string, command: PluginCommand, stdout: Uint8Array): unknown {
  try {
    return parseJson(stdout, `reply of the plugin ${JSON.stringify(name)} to ${command}`);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError('ERR_PLUGIN_RESPONSE', cause.message, { cause });
  }
}

function failureOf(what: string, { code, signal, stderr }: ProgramEnd): NotationError {
  const how = code === null ? `was ended by ${signal}` : `failed with the exit code ${code}`;
  return new NotationError('ERR_PLUGIN_FAILED', `${what} ${how}${reasonOf(stderr)}`);
}

/** What a plugin says of its failure: the error of the protocol, else whatever it is, in one line. */
function reasonOf(stderr: Uint8Array): string {
  try {
    const said = parseDocument(errorSchema(), stderr, 'error of the plugin', 'ERR_PLUGIN_RESPONSE');
    return `: ${pluginText([said.errorCode, said.errorMessage].filter(Boolean).join(': '))}`;
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    const text = pluginText(new TextDecoder().decode(stderr.subarray(0, MAX_TEXT)));
    return text ? `, and says something else than the protocol demands: ${text}` : ', and does not say why';
  }
}
