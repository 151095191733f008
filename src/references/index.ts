/**
 * References to images in files: Kubernetes manifests, compose files, Dockerfiles and lists.
 *
 * @packageDocumentation
 */
export type { SourceLocation } from '../encoding/source-location.ts';
export { type FindReferencesOptions, findReferences } from './find-references.ts';
export type {
  FileReferences,
  FoundReference,
  ReferenceFileKind,
  UnresolvedReference,
} from './found.ts';
