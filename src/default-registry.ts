import { createRegistry, type RegistryOptions } from './oci/registry/registry.ts';
import type { Registry } from './oci/repository.ts';

/** Returns the options with a registry: the given one, or one for the registry that a reference names. */
export function withDefaultRegistry<
  T extends { registry?: Registry | undefined } & Pick<RegistryOptions, 'fetch' | 'transport'>,
>(options: T): Omit<T, 'registry'> & { registry: Registry } {
  const { fetch, transport }: Pick<RegistryOptions, 'fetch' | 'transport'> = options ?? {};
  return { ...options, registry: options?.registry ?? createRegistry({ fetch, transport }) };
}
