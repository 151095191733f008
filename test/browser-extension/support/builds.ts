import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzip } from './unzip.ts';

/** The browsers that the extension is packed for. */
export type Target = 'chromium' | 'firefox';

/** The part of the manifest that the tests read or change. */
export interface Manifest {
  version: string;
  host_permissions?: string[];
  optional_host_permissions: string[];
  action: { default_popup: string };
  options_ui: { page: string };
  side_panel?: { default_path: string };
  browser_specific_settings?: { gecko: { id: string } };
}

/** A packed extension, unpacked for a browser to load. */
export interface Unpacked {
  directory: string;
  manifest: Manifest;
  remove(): Promise<void>;
}

/** The file that `examples/browser-extension/build.mjs` packs. */
export function packedFile(target: Target): string {
  return fileURLToPath(new URL(`../../../examples/browser-extension/dist/${target}.zip`, import.meta.url));
}

/**
 * Unpacks what is packed for a browser.
 * @param granted - Match patterns of the hosts that the user has granted. Chromium offers no way to grant one without a
 * click on its own prompt, so that they become permissions of the installation.
 */
export async function unpack(target: Target, granted: readonly string[] = []): Promise<Unpacked> {
  const directory = await mkdtemp(join(tmpdir(), `notarykit-${target}-`));
  const files = unzip(await readFile(packedFile(target)));
  const manifest = JSON.parse(String(files.get('manifest.json'))) as Manifest;
  if (granted.length > 0) manifest.host_permissions = [...(manifest.host_permissions ?? []), ...granted];
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  for (const [path, bytes] of files) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  return { directory, manifest, remove: () => rm(directory, { recursive: true, force: true }) };
}
