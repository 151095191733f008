/**
 * Docker Content Trust (Notary v1): reading and verifying what it vouches for. Nothing is signed here.
 *
 * @packageDocumentation
 */
export type { TrustChange } from './change-feed.ts';
export type { RejectedRole, SignedTag, TrustedCollection, TrustedRole } from './collection.ts';
export {
  type InventoryEntry,
  type InventoryOptions,
  type InventoryTag,
  inventory,
  type Served,
} from './inventory.ts';
export { inventoryEvaluations } from './inventory-evaluations.ts';
export type { TrustPinning } from './pinning.ts';
export {
  type ChangeFeedOptions,
  createTrustServer,
  type TrustServer,
  type TrustServerOptions,
} from './server.ts';
export type { MetadataRequest, MetadataSource } from './source.ts';
export { createMemoryTrustStateStore, type TrustState, type TrustStateStore } from './state.ts';
export {
  listTrustedTags,
  type TrustedTag,
  type TrustedTagList,
  type TrustedTagOptions,
  type UntrustedTag,
  verifyTag,
} from './trusted-tags.ts';
export { type VerifyTrustDataOptions, verifyTrustData } from './verify-trust-data.ts';
