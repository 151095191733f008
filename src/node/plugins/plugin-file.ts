import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { platform } from 'node:process';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { openRegularFile, readBytes, statusOf } from '../files/read-file.ts';
import { readSettled } from '../files/read-settled.ts';
import { attempt } from '../files/system-errors.ts';

const CODE = 'ERR_PLUGIN_INVALID';
const PREFIX = 'notation-';
/** The ending that the system requires of the name of a program. */
const SUFFIX = platform === 'win32' ? '.exe' : '';
/** The first bytes of scripts with an interpreter, of ELF, and of Mach-O for one and for several architectures. */
const PROGRAM_STARTS = [
  '#!',
  '\x7fELF',
  '\xcf\xfa\xed\xfe',
  '\xce\xfa\xed\xfe',
  '\xca\xfe\xba\xbe',
  '\xca\xfe\xba\xbf',
];
/** Characters that are not special to any file system. Windows drops a dot at the end. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_-])?$/;

/**
 * Checks that a string is a plugin name. Signatures contain such names, and they become part of a path.
 * @throws NotationError `ERR_PLUGIN_INVALID`
 */
export function checkPluginName(name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw pluginInvalid(`${quote(name)} is not a valid plugin name`);
}

/** Returns the file name of the program of a plugin (rule PLG-1). */
export function programName(name: string): string {
  return `${PREFIX}${name}${SUFFIX}`;
}

/** Returns the plugin whose program has a file name; `undefined` if it is not the name of a program. */
export function pluginOfProgram(fileName: string): string | undefined {
  if (!fileName.startsWith(PREFIX) || !fileName.toLowerCase().endsWith(SUFFIX)) return undefined;
  const name = fileName.slice(PREFIX.length, fileName.length - SUFFIX.length);
  return NAME.test(name) ? name : undefined;
}

/**
 * Finds the program of an installed plugin. Neither the directory of the plugin nor the program can be a symbolic link,
 * so that a user who can write elsewhere cannot decide what is run.
 *
 * @param directory - The directory that contains a directory for each plugin.
 * @returns Its path; `undefined` if there is no directory of the name.
 * @throws NotationError `ERR_PLUGIN_INVALID`
 * @see docs/specification.md, rule PLG-2
 */
export async function findProgram(directory: string, name: string): Promise<string | undefined> {
  checkPluginName(name);
  const path = join(directory, name);
  const directoryStatus = await statusOf(path, CODE);
  if (!directoryStatus) return undefined;
  if (!directoryStatus.isDirectory()) throw pluginInvalid(`plugin path ${path} is not a directory`);
  const program = join(path, programName(name));
  // The CLI replaces a plugin by removing it and copying the new one.
  await readSettled(
    () => checkProgram(program),
    (error) => isNotationError(error, CODE),
  );
  return program;
}

async function checkProgram(program: string): Promise<void> {
  const status = await statusOf(program, CODE);
  if (!status) throw pluginInvalid(`plugin directory ${dirname(program)} has no ${basename(program)}`);
  if (!status.isFile()) throw pluginInvalid(`plugin program ${program} is not a regular file`);
  try {
    await access(program, constants.X_OK);
  } catch (cause) {
    throw pluginInvalid(`plugin program ${program} is not executable`, cause);
  }
  if (platform !== 'win32' && !(await isProgram(program))) {
    throw pluginInvalid(`${program} is not a program that this system can run`);
  }
}

/** Reports whether a file starts like a program. Some systems run any other file in a shell. */
async function isProgram(path: string): Promise<boolean> {
  const opened = await openRegularFile(path, {
    what: 'plugin',
    code: CODE,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  if (!opened) return false;
  const { file } = opened;
  try {
    const bytes = await attempt(CODE, `read the plugin ${path}`, () => readBytes(file, 4));
    const start = Buffer.from(bytes).toString('latin1');
    return PROGRAM_STARTS.some((magic) => start.startsWith(magic));
  } finally {
    await file.close();
  }
}

/** Makes the error of a plugin that must not be run or installed. */
export function pluginInvalid(message: string, cause?: unknown): NotationError {
  return new NotationError(CODE, message, { cause });
}
