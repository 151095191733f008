import {
  generateTestCertificate,
  generateTestChain,
  type TestCertificate,
} from '../../../src/testing/index.ts';

/** The kinds of key that may sign. */
export const KEY_TYPES = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const;

/** The shapes of a certificate chain: the number of CA certificates above the leaf. */
export const SHAPES = { 'self-signed': 0, 'leaf + root': 1, 'leaf + intermediate + root': 2 } as const;

export type KeyType = (typeof KEY_TYPES)[number];
export type Shape = keyof typeof SHAPES;

/** A key and chain for each kind of key and each shape. */
export type Chains = Record<KeyType, Record<Shape, TestCertificate>>;

/** A name that is valid in a repository and as a named store. */
export function chainName(keySpec: KeyType, shape: Shape): string {
  return `${keySpec.toLowerCase()}-${SHAPES[shape]}-above`;
}

/** Generates all of them: once a run, and with small keys for the CAs of RSA chains, as large ones take seconds. */
export async function generateChains(): Promise<Chains> {
  const rows = await Promise.all(
    KEY_TYPES.map(async (keySpec) => {
      const caKeySpec = keySpec.startsWith('RSA') ? 'RSA-2048' : keySpec;
      const of = (shape: Shape) => ({
        name: `interop ${chainName(keySpec, shape)}`,
        keySpec,
        caKeySpec,
      });
      const [alone, two, three] = await Promise.all([
        generateTestCertificate(of('self-signed')),
        generateTestChain({ ...of('leaf + root'), intermediates: 0 }),
        generateTestChain({ ...of('leaf + intermediate + root'), intermediates: 1 }),
      ]);
      const shapes = { 'self-signed': alone, 'leaf + root': two, 'leaf + intermediate + root': three };
      return [keySpec, shapes] as const;
    }),
  );
  return Object.fromEntries(rows) as Chains;
}
