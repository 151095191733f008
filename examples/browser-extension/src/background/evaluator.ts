// Evaluates images with the library, as the settings say.
import { listSignatures, parseReference } from 'notarykit';
import type { ExtensionApi, StorageArea } from '../extension-api.ts';
import type { Settings } from '../settings.ts';
import type { ImageDetails } from '../state.ts';
import { detailsOf, detailsWithoutPolicy, type Ending, unansweredOrigins } from './details-of.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { withoutPermission } from './permissions.ts';
import type { Redirects } from './redirects.ts';
import { createRegistries } from './registries.ts';
import { createVerifiers, LIMITS, type Verifiers } from './verifiers.ts';

/** The most signatures that are listed where none is verified. */
const MAX_LISTED = 10;
const LIST_LIMITS = { time: LIMITS.time, requests: LIMITS.requests, bytes: LIMITS.bytes };
/** Registries whose tokens come from another host, so that one prompt can permit both. */
const ORIGINS: Readonly<Record<string, string[]>> = {
  'docker.io': ['https://registry-1.docker.io/*', 'https://auth.docker.io/*'],
};

export interface EvaluatorOptions {
  api: Pick<ExtensionApi, 'permissions'>;
  settings: Settings;
  redirects: Redirects;
  /** `chrome.storage.session`. */
  session: StorageArea;
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
}

/** How an image is evaluated. */
export interface EvaluateOptions {
  /** Whether to do without verdicts that are known. */
  fresh: boolean;
  signal: AbortSignal;
}

/** Evaluates an image; what prevents a verdict is a state, too. It rejects only if it was aborted. */
export type Evaluate = (image: string, options: EvaluateOptions) => Promise<ImageDetails>;

/** Makes what evaluates images by some settings; other settings need another one. */
export function createEvaluate(options: EvaluatorOptions): Evaluate {
  const { api, settings, redirects, session, fetch = globalThis.fetch, now = () => new Date() } = options;
  const fetchFor = (missing: Set<string>) =>
    createGuardedFetch({ api, redirects, missing: (pattern) => missing.add(pattern), fetch });
  const { registry, missingOf } = createRegistries(settings, fetchFor);
  const missingOfRevocation = new Set<string>();
  const revocationFetch = fetchFor(missingOfRevocation);
  let verifiers: Verifiers | undefined;

  function verifiersFor(trustPolicy: string): Verifiers {
    verifiers ??= createVerifiers({ trustPolicy, settings, registry, revocationFetch, session, now });
    return verifiers;
  }

  /** Lists the signatures of an image, of which none is verified. */
  async function list(image: string, signal: AbortSignal) {
    const { tag, digest = '', ...place } = parseReference(image);
    const artifact = await registry.repository({ ...place, tag }).resolve(tag ?? digest, { signal });
    const pinned = { ...place, digest: artifact.digest };
    const signatures: { digest: string }[] = [];
    for await (const one of listSignatures(pinned, { registry, limits: LIST_LIMITS, signal })) {
      signatures.push(one);
      if (signatures.length === MAX_LISTED) break;
    }
    return { digest: artifact.digest, signatures };
  }

  async function endingOf(image: string, outcome: unknown): Promise<Ending> {
    const { registry: host } = parseReference(image);
    const unanswered = unansweredOrigins(outcome);
    const patterns = [
      ...missingOf(host),
      ...unanswered,
      ...(unanswered.length > 0 ? missingOfRevocation : []),
    ];
    const all = patterns.length > 0 ? [...patterns, ...(ORIGINS[host] ?? [])] : [];
    return { image, now: now(), needs: await withoutPermission(api, all) };
  }

  return async (image, { fresh, signal }) => {
    const { trustPolicy } = settings;
    try {
      if (trustPolicy === undefined) {
        const { digest, signatures } = await list(image, signal);
        return detailsWithoutPolicy(digest, signatures, await endingOf(image, undefined));
      }
      const { known, fresh: forgetful } = verifiersFor(trustPolicy);
      const report = await (fresh ? forgetful : known).evaluate(image, { signal });
      return detailsOf(report, await endingOf(image, report));
    } catch (error) {
      signal.throwIfAborted();
      return detailsOf(error, await endingOf(image, error));
    }
  };
}
