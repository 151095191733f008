import { generateTestChain } from '../../../src/testing/index.ts';
import { type Certificate, parseCertificates } from '../../../src/x509/index.ts';

/** Makes the root and the leaf of a chain. */
export async function makeChain(name: string): Promise<{ root: Certificate; leaf: Certificate }> {
  const { certificates } = await generateTestChain({ name, keySpec: 'EC-256' });
  const chain = parseCertificates(certificates);
  const [leaf, root] = [chain[0], chain.at(-1)];
  if (!leaf || !root || leaf === root) throw new Error('the chain is too short');
  return { root, leaf };
}
