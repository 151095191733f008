// The build of the commit at which the figures of notarykit were first measured, made from the history of this clone.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const COMMIT = '857e3e495f5ae22d42ee744abd9f862b4f344d60';
const DIRECTORY = `.cache/bench/${COMMIT.slice(0, 7)}`;
const FILES = ['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'bench/cold-start-worker.mjs'];
/** What its worker imports. */
const ENTRIES = ['policy', 'verifier', 'x509'].flatMap((name) => [
  `--entry.${name}/index`,
  `src/${name}/index.ts`,
]);
const run = promisify(execFile);

/** Returns why it cannot be built here, or undefined if it can: a shallow clone does not have the commit. */
export async function missingForBaseBuild() {
  try {
    await run('git', ['cat-file', '-e', `${COMMIT}^{commit}`]);
    return undefined;
  } catch {
    return `this clone does not have the commit ${COMMIT.slice(0, 7)}: git fetch --unshallow gets it`;
  }
}

/** Builds it with the packages of this checkout, once; returns the directory with the worker of its bench. */
export async function buildBase() {
  if (!existsSync(DIRECTORY)) {
    const unfinished = `${DIRECTORY}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await run('git', ['archive', '--format=tar', `--output=${unfinished}/files.tar`, COMMIT, ...FILES]);
    await run('tar', ['-xf', 'files.tar'], { cwd: unfinished });
    await symlink(resolve('node_modules'), `${unfinished}/node_modules`);
    await run('node_modules/.bin/tsup', ['--silent', '--no-dts', ...ENTRIES], { cwd: unfinished });
    await rename(unfinished, DIRECTORY);
  }
  return resolve(DIRECTORY, 'bench');
}
