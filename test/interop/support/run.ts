import { execFile } from 'node:child_process';
import { type Tool, toolPath } from './tools.ts';

/** The exit code and the output of a program. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT = 60_000;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs a program to its end, with only the given environment. */
export function run(
  tool: Tool,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const command = toolPath(tool);
  return new Promise((resolve, reject) => {
    const options = { env: { ...env }, timeout: TIMEOUT, maxBuffer: MAX_OUTPUT };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        reject(new Error(`${tool} ${args.join(' ')} did not end by itself: ${stderr}`, { cause: error }));
        return;
      }
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Runs a program that must succeed, and returns its output. */
export async function runWell(
  tool: Tool,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(tool, args, env);
  if (code === 0) return stdout;
  throw new Error(`${tool} ${args.join(' ')} failed with ${code}: ${stderr}`);
}
