import { createRegistry } from './oci/registry/registry.ts';
import type { Registry } from './oci/repository.ts';

/** Options in which the registry may be left out: it is then the one that the reference names. */
export type WithDefaultRegistry<T extends { registry?: Registry | undefined }> = Omit<T, 'registry'> & {
  /** Where artifacts and signatures are; the registry that the reference names by default, without credentials. */
  registry?: Registry | undefined;
};

/** The options with a registry in any case. */
export function withDefaultRegistry<
  T extends { registry?: Registry | undefined; fetch?: typeof globalThis.fetch | undefined },
>(options: T): Omit<T, 'registry'> & { registry: Registry } {
  return { ...options, registry: options?.registry ?? createRegistry({ fetch: options?.fetch }) };
}
