/**
 * Lists, inspects, copies and deletes the signatures that are stored with an artifact.
 *
 * @packageDocumentation
 */
export type { Descriptor } from '../encoding/descriptor.ts';
export type { BlobData } from './blob.ts';
export {
  type CopiedSignature,
  type CopyOptions,
  type CopyResult,
  copySignatures,
  type UncopiedSignature,
} from './copy.ts';
export { type DeleteOptions, deleteSignature } from './delete.ts';
export {
  type BlobInspection,
  type InspectBlobOptions,
  type InspectedCertificate,
  type InspectedSignature,
  type InspectedTimestamp,
  type InspectOptions,
  inspect,
  inspectBlob,
  type SignatureInspection,
  type UnreadableSignature,
  type UnreadableTimestamp,
} from './inspect.ts';
export { type ListOptions, listSignatures } from './list.ts';
export type { ManifestForm } from './signature-manifest.ts';
export type { SignatureDescriptor } from './signatures.ts';
