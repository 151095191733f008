// The other side of test/interop/notation-speed: it prepares a task from a JSON file, then reads one JSON document a line
// and answers each, when that part of the task is done, with the CPU time of all threads and the peak of its memory.
//   node bench/peers/child.mjs <task> <file>
import { readFileSync } from 'node:fs';
import { argv, cpuUsage, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { peakOfProcess } from '../peak-bytes.mjs';
import { prepareRevocation, prepareTimestamp } from './tasks-of-proofs.mjs';
import { prepareEvaluateAll, prepareSweep, prepareVerification } from './tasks-of-signatures.mjs';

const TASKS = {
  verify: prepareVerification,
  revocation: prepareRevocation,
  timestamp: prepareTimestamp,
  sweep: prepareSweep,
  evaluateAll: prepareEvaluateAll,
};

const [, , task, file] = argv;
const work = TASKS[task](JSON.parse(readFileSync(file, 'utf8')));
for await (const line of createInterface({ input: stdin })) {
  const cpu = cpuUsage();
  await work(JSON.parse(line));
  const { user, system } = cpuUsage(cpu);
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakBytes: peakOfProcess() }));
}
