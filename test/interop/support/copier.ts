// Copies an image: node copier.mjs <reference> <target>, each `layout:<directory>,<reference>` for an image layout. Prints
// how much memory this process has ever had, in KiB.
import { readFile } from 'node:fs/promises';
import { copySignatures, createRegistry, type Registry } from '../../../src/index.ts';
import { createImageLayout } from '../../../src/node/index.ts';

function place(given = ''): [registry: Registry, reference: string] {
  const [, directory, reference = given] = /^layout:(.+),(.+)$/.exec(given) ?? [];
  return [directory === undefined ? createRegistry() : createImageLayout(directory), reference];
}

const [from, reference] = place(process.argv[2]);
const [to, target] = place(process.argv[3]);
const { artifactCopied, failed } = await copySignatures(from, to, reference, { target, artifact: true });
if (!artifactCopied || failed.length > 0) throw new Error('not all was copied');
const status = await readFile('/proc/self/status', 'utf8');
console.log(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
