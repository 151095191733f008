// Prints the costs as tables; with `--json` as data. Fails if a cost is over its budget.
import { argv, exit } from 'node:process';
import { measureBlobs, printBlobs } from './blobs.mjs';
import { measureColdStart, printColdStart } from './cold-start.mjs';
import { measureParsing, printParsing } from './parse.mjs';
import { measureRevocation, printRevocation } from './revocation.mjs';
import { measureRoundTrips, printRoundTrips } from './round-trips.mjs';
import { measureTimestamp, printTimestamp } from './timestamp.mjs';
import { measureVerification, printVerification } from './verify.mjs';

const results = {
  verification: await measureVerification(),
  timestamp: await measureTimestamp(),
  revocation: await measureRevocation(),
  blobs: await measureBlobs(),
  parsing: await measureParsing(),
  coldStart: await measureColdStart(),
  roundTrips: await measureRoundTrips(),
};
const overBudget = Object.values(results).flatMap((result) => result.overBudget ?? []);

if (argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
else print(results);
exit(overBudget.length > 0 ? 1 : 0);

function print({ verification, timestamp, revocation, blobs, parsing, coldStart, roundTrips }) {
  printVerification(verification);
  console.log();
  printTimestamp(timestamp);
  console.log();
  printRevocation(revocation);
  console.log();
  printBlobs(blobs);
  console.log();
  printParsing(parsing);
  console.log();
  printColdStart(coldStart);
  console.log();
  printRoundTrips(roundTrips);
  for (const what of overBudget) console.log(`over budget: ${what}`);
}
