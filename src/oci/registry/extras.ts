/**
 * The operations that a verification does not need, as one module that is loaded lazily: bundlers would split several such
 * modules into small chunks, which compress worse.
 */
export { fetchPart } from './blob-part.ts';
export { listRepositories, listTags } from './names.ts';
export { createWriter } from './writer.ts';
