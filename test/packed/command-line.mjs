// For the runtimes with a command line: Node, Deno and Bun.
import { entries } from './entries.mjs';
import { verifyFixture } from './verify.mjs';

console.log(await verifyFixture(entries));
