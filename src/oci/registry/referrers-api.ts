import { BoundedCache } from '../../encoding/bounded-cache.ts';

const MAX_BYTES = 4 * 1024 * 1024;
/** The memory that the knowledge about one of them takes. */
const KNOWLEDGE = 128;

/** What is known about the referrers API of a repository. */
export interface ReferrersApi {
  /** Whether the repository has it; once known, the answer is final. */
  own?: boolean;
  /** Whether any repository of the registry has it: a guess for this one. */
  readonly registry: { any?: boolean };
}

/** Makes a function that remembers what is known about each repository, by its name with its registry. */
export function createReferrersApiMemory(): (repository: string) => ReferrersApi {
  const registries = new BoundedCache<ReferrersApi['registry']>(MAX_BYTES);
  const repositories = new BoundedCache<ReferrersApi>(MAX_BYTES);
  return (name) => {
    const registry = name.slice(0, name.indexOf('/'));
    const make = () => ({ registry: registries.getOrMake(registry, () => ({}), { bytes: KNOWLEDGE }) });
    return repositories.getOrMake(name, make, { bytes: KNOWLEDGE });
  };
}

/** Remembers whether a repository has the referrers API. */
export function learn(api: ReferrersApi, found: boolean): void {
  api.own = found;
  // Once one repository has the API, another without it does not change the guess for the registry.
  api.registry.any = found || api.registry.any === true;
}
