import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../docs/guides/edge.md', import.meta.url));

/** What a block of commands is for. A block of none of these kinds is an error: it would not be run. */
const KINDS = {
  account: /^npx wrangler (?:login|deploy)\b/,
  worker: /^npx wrangler dev$/m,
  server: /^(?:node|deno serve|bun) /,
  pull: /^curl /,
  setup: /^(?:mkdir|cp|export|npm install) /,
};

/** The blocks of commands of the guide, in their order, each with its kind and the output that follows it. */
export async function readCommands() {
  const text = await readFile(PAGE, 'utf8');
  const blocks = text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm);
  return [...blocks].map(([, commands, output = '']) => ({ kind: kindOf(commands), commands, output }));
}

function kindOf(commands) {
  const [kind] = Object.entries(KINDS).find(([, pattern]) => pattern.test(commands)) ?? [];
  if (!kind) throw new Error(`docs/guides/edge.md has commands that are not run:\n${commands}`);
  return kind;
}
