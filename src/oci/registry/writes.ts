/** What stores and deletes, as one module that is loaded lazily. */
export { deleteManifest } from './delete.ts';
export { pushBlob, pushBlobStream } from './push-blob.ts';
export { pushManifest } from './push-manifest.ts';
