import { constants } from 'node:fs';
import { access, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { NotationError } from '../../errors/index.ts';
import { isMissing, readBytes } from '../files/read-file.ts';

const PREFIX = 'notation-';
/** What the system demands at the end of the name of a program. */
const SUFFIX = platform === 'win32' ? '.exe' : '';
/** Scripts that name their interpreter; ELF; Mach-O of one and of several architectures. */
const PROGRAM_STARTS = [
  '#!',
  '\x7fELF',
  '\xcf\xfa\xed\xfe',
  '\xce\xfa\xed\xfe',
  '\xca\xfe\xba\xbe',
  '\xca\xfe\xba\xbf',
];
/** What is not yet, or no longer, a plugin. No plugin has such a name. */
export const TEMPORARY = '.notarykit-';
/** Letters that no file system takes for anything else; a dot at the end is lost on Windows. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_-])?$/;

/**
 * Demands that a name is one of a plugin. It comes from signatures as well, and becomes part of a path.
 * @throws NotationError `ERR_PLUGIN_INVALID`
 */
export function checkPluginName(name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw invalid(`${JSON.stringify(String(name).slice(0, 80))} is no name of a plugin`);
}

/** The name of the file of a plugin. */
export function programName(name: string): string {
  return `${PREFIX}${name}${SUFFIX}`;
}

/** The plugin whose program has a name; `undefined` where it is the name of another file. */
export function pluginOfProgram(fileName: string): string | undefined {
  if (!fileName.startsWith(PREFIX) || !fileName.toLowerCase().endsWith(SUFFIX)) return undefined;
  const name = fileName.slice(PREFIX.length, fileName.length - SUFFIX.length);
  return NAME.test(name) ? name : undefined;
}

/**
 * The program of an installed plugin. From the folder of the plugin down nothing may be a symbolic link: it would let
 * somebody else decide what is run.
 *
 * @param directory - The folder that holds a folder for each plugin.
 * @returns Its path; `undefined` where there is no folder of the name.
 * @throws NotationError `ERR_PLUGIN_INVALID`
 */
export async function findProgram(directory: string, name: string): Promise<string | undefined> {
  checkPluginName(name);
  const folder = join(directory, name);
  const folderStatus = await statusOf(folder);
  if (!folderStatus) return undefined;
  if (!folderStatus.isDirectory()) throw invalid(`${folder} is not a folder, as that of a plugin must be`);
  const program = join(folder, programName(name));
  const status = await statusOf(program);
  if (!status) throw invalid(`the folder ${folder} holds no ${programName(name)}`);
  if (!status.isFile()) throw invalid(`${program} is not a regular file, as that of a plugin must be`);
  try {
    await access(program, constants.X_OK);
  } catch (cause) {
    throw invalid(`${program} may not be executed`, cause);
  }
  if (platform !== 'win32' && !(await isProgram(program))) {
    throw invalid(`${program} is no program that this system runs`);
  }
  return program;
}

/** What is no program, some systems hand to a shell, which would run whatever it reads in it. */
async function isProgram(path: string): Promise<boolean> {
  try {
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const start = Buffer.from(await readBytes(file, 4)).toString('latin1');
      return PROGRAM_STARTS.some((magic) => start.startsWith(magic));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw invalid(`${path} cannot be read`, cause);
  }
}

async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw invalid(`${path} cannot be read`, cause);
  }
}

function invalid(message: string, cause?: unknown): NotationError {
  return new NotationError('ERR_PLUGIN_INVALID', message, cause === undefined ? {} : { cause });
}
