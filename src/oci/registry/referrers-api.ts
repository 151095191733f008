import { createBoundedMemo } from './bounded-memo.ts';

const MAX_REMEMBERED = 10_000;

/** What is known about the referrers API of a repository. */
export interface ReferrersApi {
  /** Whether the repository has it; once known, the answer is final. */
  own?: boolean;
  /** Whether any repository of the registry has it: a guess for this one. */
  readonly registry: { any?: boolean };
}

/** Makes a function that remembers what is known about each repository, by its name with its registry. */
export function createReferrersApiMemory(): (repository: string) => ReferrersApi {
  const registries = createBoundedMemo(MAX_REMEMBERED, (): ReferrersApi['registry'] => ({}));
  return createBoundedMemo(
    MAX_REMEMBERED,
    (name): ReferrersApi => ({
      registry: registries(name.slice(0, name.indexOf('/'))),
    }),
  );
}

/** Remembers whether a repository has the referrers API. */
export function learn(api: ReferrersApi, found: boolean): void {
  api.own = found;
  // Once one repository has the API, another without it does not change the guess for the registry.
  api.registry.any = found || api.registry.any === true;
}
