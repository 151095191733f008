import { createRegistry } from './oci/registry/registry.ts';
import type { Registry } from './oci/repository.ts';

/** Returns the options with a registry: the given one, or one for the registry that a reference names. */
export function withDefaultRegistry<
  T extends { registry?: Registry | undefined; fetch?: typeof globalThis.fetch | undefined },
>(options: T): Omit<T, 'registry'> & { registry: Registry } {
  return { ...options, registry: options?.registry ?? createRegistry({ fetch: options?.fetch }) };
}
