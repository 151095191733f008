import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The directory in which scripts/runtimes-tools.sh installs the runtimes. */
export const RUNTIMES = fileURLToPath(new URL('../../../.cache/runtimes/', import.meta.url));

const TIMEOUT = 120_000;

/** The path of a runtime that scripts/runtimes-tools.sh got. */
export function runtime(name) {
  return findIn([join(RUNTIMES, 'node_modules/.bin')], name);
}

/** The path of a program that is installed on the machine. */
export function installedProgram(name) {
  return findIn((env.PATH ?? '').split(delimiter).filter(Boolean), name);
}

/** Runs a program that must succeed, and gives what it printed. */
export function run(program, args, { cwd, variables = {} } = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...env, ...variables }, timeout: TIMEOUT };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout.trim());
      else reject(new Error(`${program} ${args.join(' ')} failed: ${stderr || stdout || error.message}`));
    });
  });
}

async function findIn(directories, name) {
  for (const directory of directories) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  throw new Error(`${name} is missing: run scripts/runtimes-tools.sh`);
}

async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
