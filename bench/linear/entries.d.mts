/** The inputs of the benchmark, each with the function that it measures. */
export const entries: readonly { of: string }[];
/** The functions that need no entry, with the reason. */
export const exemptions: Readonly<Record<string, string>>;
