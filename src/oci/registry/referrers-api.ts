import { createBoundedMemo } from './bounded-memo.ts';

const MAX_REMEMBERED = 10_000;

/** What is known about the referrers API of a repository. */
export interface ReferrersApi {
  /** Whether the repository has it; once known, the answer is final. */
  own?: boolean;
  /** What another repository of the registry showed: a good guess, no more. */
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

/** Remembers what a repository showed. */
export function learn(api: ReferrersApi, found: boolean): void {
  api.own = found;
  // Once one repository has the API, another without it does not change the guess for the registry.
  api.registry.any = found || api.registry.any === true;
}
