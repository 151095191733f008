/** What no verification needs, as one module that is loaded lazily: what stores, deletes, and reads blobs in parts. */
export { fetchPart } from './blob-part.ts';
export { deleteManifest } from './delete.ts';
export { pushBlob, pushBlobStream } from './push-blob.ts';
export { pushManifest } from './push-manifest.ts';
