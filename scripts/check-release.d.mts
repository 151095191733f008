/** What a release is decided by. */
export interface Release {
  /** Such as `v1.2.3`. */
  tag: string;
  manifest: { version: string; repository?: string | { url: string } };
  lockfile: { version: string };
  changelog: string;
  /** Owner and name, as GitHub has them in `GITHUB_REPOSITORY`. */
  repository: string | undefined;
}

/** Returns why a release must not be made, a line each. */
export function releaseProblems(release: Release): string[];
