import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs that the suite runs against. */
const TOOLS = [
  'notation',
  'oras',
  'crane',
  'docker-registry',
  'referrers-registry',
  'olareg-registry',
  'notation-blob',
  'go-readers',
  'gatekeeper',
  'transit-vault',
  'aws-kms',
  'azure-keyvault',
  'google-kms',
  'openssl',
  'faketime',
  'redis-server',
  'zip',
  'bash',
  'certtool',
  'certutil',
  'crlutil',
  'pk12util',
  'cfssl',
  'easyrsa',
  'bouncy-castle',
  'digitorus',
  'python-maker',
  'open-metrics-reader',
  'rcgen-maker',
  'skopeo',
  'podman',
  'containerd',
  'ctr',
  'dockerd',
  'docker',
  'runc',
  'regctl',
] as const;

export type Tool = (typeof TOOLS)[number];

const CACHE = fileURLToPath(new URL('../../../.cache/interop/bin', import.meta.url));

/** PATH for programs that start others: the cache first. */
export const TOOL_PATH = [CACHE, process.env.PATH ?? ''].join(delimiter);

/** The path of a program: from the cache of `scripts/interop-tools.sh`, or else on PATH. */
export function toolPath(tool: Tool): string {
  const path = findTool(tool);
  if (path === undefined) throw missing([tool]);
  return path;
}

/** Fails when a program is missing, so that no part of the suite is skipped. */
export function requireTools(): void {
  const absent = TOOLS.filter((tool) => findTool(tool) === undefined);
  if (absent.length > 0) throw missing(absent);
}

function findTool(tool: Tool): string | undefined {
  const directories = [CACHE, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)];
  return directories.map((directory) => join(directory, tool)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(tools: readonly Tool[]): Error {
  return new Error(
    `interop: missing ${tools.join(', ')}: run scripts/interop-tools.sh, or put what it cannot install on PATH`,
  );
}
