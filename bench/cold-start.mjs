// The time before the first verdict: in a workerd isolate, which has a budget, and in Node.
//   node bench/cold-start.mjs [--json]
// The budget is measured, but does not fail the bench: docs/decisions/008 explains why it is exceeded.
import { argv, env } from 'node:process';
import { createFixtures } from './cold-start-fixture.mjs';
import { measureNode, printNode } from './cold-start-node.mjs';
import { measureWorkerd, printWorkerd } from './cold-start-workerd.mjs';
import { missingForWorkerd } from './workerd.mjs';

export async function measureColdStart() {
  const fixtures = await createFixtures();
  return { workerd: await tryWorkerd(fixtures), node: measureNode(fixtures) };
}

export function printColdStart({ workerd, node }) {
  if (workerd.missing) console.log(`first verdict of a workerd isolate: not measured, ${workerd.missing}`);
  else printWorkerd(workerd);
  console.log();
  printNode(node);
}

/** A developer's machine may lack workerd; CI must not. */
async function tryWorkerd(fixtures) {
  const missing = missingForWorkerd();
  if (!missing) return measureWorkerd(fixtures);
  if (env.CI === 'true') throw new Error(missing);
  return { missing };
}

if (import.meta.filename === argv[1]) {
  const result = await measureColdStart();
  if (argv.includes('--json')) console.log(JSON.stringify(result, null, 2));
  else printColdStart(result);
}
