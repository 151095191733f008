/** Returns what is wrong with the imports of the files in a directory, a line each. */
export function layerProblems(root: string): string[];
