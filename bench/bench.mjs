// Prints what things cost, as tables; with `--json` as data, with `--linear` only whether readers take linear time, with
// `--peers` only how it compares with the libraries of the notation CLI, with `--server` a server over each. Fails where
// something is over its budget.
import { argv, exit } from 'node:process';
import { measureBlobs, printBlobs } from './blobs.mjs';
import { measureColdStart, printColdStart } from './cold-start.mjs';
import { measureCommand, printCommand } from './command.mjs';
import { measureGateway, printGateway } from './gateway/gateway.mjs';
import { measureHostileCrls, printHostileCrls } from './hostile-crls.mjs';
import { measureLinear, printLinear } from './linear/measure.mjs';
import { measureMany, printMany } from './many.mjs';
import { measureParsing, printParsing } from './parse.mjs';
import { measurePeers, printPeers } from './peers/peers.mjs';
import { measureRevocation, printRevocation } from './revocation.mjs';
import { measureRoundTrips, printRoundTrips } from './round-trips.mjs';
import { measureServer, printServer } from './server/server.mjs';
import { measureTimestamp, printTimestamp } from './timestamp.mjs';
import { measureVerification, printVerification } from './verify.mjs';

const results = await measure();
const overBudget = Object.values(results).flatMap((result) => result.overBudget ?? []);

if (argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
else print(results);
exit(overBudget.length > 0 ? 1 : 0);

async function measure() {
  if (argv.includes('--linear')) return { linear: await measureLinear() };
  if (argv.includes('--peers')) return { peers: await measurePeers() };
  if (argv.includes('--server')) return { server: await measureServer() };
  return {
    verification: await measureVerification(),
    timestamp: await measureTimestamp(),
    revocation: await measureRevocation(),
    hostileCrls: await measureHostileCrls(),
    blobs: await measureBlobs(),
    parsing: await measureParsing(),
    coldStart: await measureColdStart(),
    command: await measureCommand(),
    roundTrips: await measureRoundTrips(),
    many: await measureMany(),
    gateway: await measureGateway(),
  };
}

function print(all) {
  const printers = {
    verification: printVerification,
    timestamp: printTimestamp,
    revocation: printRevocation,
    hostileCrls: printHostileCrls,
    blobs: printBlobs,
    parsing: printParsing,
    coldStart: printColdStart,
    command: printCommand,
    roundTrips: printRoundTrips,
    many: printMany,
    gateway: printGateway,
    linear: printLinear,
    peers: printPeers,
    server: printServer,
  };
  for (const [name, result] of Object.entries(all)) {
    printers[name](result);
    console.log();
  }
  for (const what of overBudget) console.log(`over budget: ${what}`);
}
