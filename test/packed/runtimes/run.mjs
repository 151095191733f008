import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The directory in which scripts/runtimes-tools.sh installs the runtimes and the tools. */
const TOOLS = fileURLToPath(new URL('../../../.cache/runtimes/node_modules/', import.meta.url));

const TIMEOUT = 120_000;

/** The path of a runtime that scripts/runtimes-tools.sh got. */
export function runtime(name) {
  return findIn([join(TOOLS, '.bin')], name);
}

/** The path of a version of Node that scripts/runtimes-tools.sh got: all of them have one name in `.bin`. */
export function nodeVersion(name) {
  return findIn([join(TOOLS, name, 'bin')], 'node');
}

/** Loads a package that scripts/runtimes-tools.sh got. */
export function loadTool(name) {
  return createRequire(TOOLS)(locateTool(name));
}

/** The path of a package, or of a file of it, that scripts/runtimes-tools.sh got. */
export function locateTool(name) {
  try {
    return createRequire(TOOLS).resolve(name);
  } catch (cause) {
    throw new Error(`${name} is missing: run scripts/runtimes-tools.sh`, { cause });
  }
}

/** The path of a program that is installed on the machine. */
export function installedProgram(name) {
  return findIn((env.PATH ?? '').split(delimiter).filter(Boolean), name);
}

/** Runs a program that must succeed, and returns its output. */
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
