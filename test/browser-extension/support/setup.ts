import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programPath } from './programs.ts';

/** Builds and packs the extension once for all test files; fails if a browser is missing. */
export default function setup(): void {
  programPath('chromium');
  programPath('firefox-esr');
  const build = fileURLToPath(new URL('../../../examples/browser-extension/build.mjs', import.meta.url));
  execFileSync(process.execPath, [build], { stdio: 'inherit' });
}
