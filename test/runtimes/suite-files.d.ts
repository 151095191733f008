/** The files that the bundler finds: see scripts/runtimes/bundle.mjs. */
declare module 'suite:files' {
  /** Paths of test files, and what evaluates them. */
  export const files: readonly (readonly [file: string, evaluate: () => Promise<unknown>])[];
}
