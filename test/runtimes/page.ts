// Runs the suite in a page, or only probes it: ?origin=…&only=…, or ?probe=<an origin on plain HTTP>.
import { probeAbilities } from './abilities.ts';
import { runSuite } from './suite.ts';

const query = new URLSearchParams(location.search);
const probe = query.get('probe');
const work =
  probe === null
    ? runSuite(query.get('origin') ?? location.origin, query.get('only') ?? '')
    : probeAbilities(probe, probe).then((abilities) => ({ abilities }));

work.then(
  (report) => Object.assign(globalThis, { suiteReport: report }),
  (error: unknown) => Object.assign(globalThis, { suiteReport: { error: String(error) } }),
);
