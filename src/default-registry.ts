import { createRegistry } from './oci/registry/registry.ts';
import type { Registry } from './oci/repository.ts';

/** The options with a registry in any case. */
export function withDefaultRegistry<
  T extends { registry?: Registry | undefined; fetch?: typeof globalThis.fetch | undefined },
>(options: T): Omit<T, 'registry'> & { registry: Registry } {
  return { ...options, registry: options?.registry ?? createRegistry({ fetch: options?.fetch }) };
}
