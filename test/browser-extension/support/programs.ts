import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of an installed browser. */
export function programPath(program: 'chromium' | 'firefox-esr'): string {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find(isExecutable);
  if (path !== undefined) return path;
  throw new Error(`${program} is missing: run scripts/extension-tools.sh, or install the package ${program}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
