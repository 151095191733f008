/** Whether the referrers API is answered. */
export interface Support {
  /** By this repository; once known it is not asked again. */
  own?: boolean;
  /** By the registry, as another of its repositories showed: mostly, but not surely, true of this one. */
  readonly registry: { api?: boolean };
}

/** Remembers what a repository showed. */
export function learn(support: Support, api: boolean): void {
  support.own = api;
  // One that has the API does not lose it by another that has not.
  support.registry.api = api || support.registry.api === true;
}
