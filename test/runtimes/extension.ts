// Runs the suite in the service worker of an extension (Manifest V3) on request.
import { runSuite } from './suite.ts';

/** The part of the extension API that keeps a worker from being stopped when idle. */
declare const chrome: { runtime: { getPlatformInfo(): Promise<unknown> } };

Object.assign(globalThis, {
  startSuite({ origin, only }: { origin: string; only: string }) {
    const awake = setInterval(() => void chrome.runtime.getPlatformInfo(), 10_000);
    runSuite(origin, only)
      .then(
        (report) => Object.assign(globalThis, { suiteReport: report }),
        (error: unknown) => Object.assign(globalThis, { suiteReport: { error: String(error) } }),
      )
      .finally(() => clearInterval(awake));
  },
});
