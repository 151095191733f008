import { probeAlgorithms } from '../../src/crypto/index.ts';

/** Something that a runtime can do or cannot. */
export interface Ability {
  name: string;
  able: boolean;
}

/**
 * What this runtime can do of what runtimes differ in.
 * @param host - An origin on plain HTTP; for a page, another one than its own.
 */
export async function probeAbilities(host: string): Promise<Ability[]> {
  const algorithms = Object.entries(await probeAlgorithms());
  return [
    ...algorithms.map(([keySpec, able]) => ({ name: keySpec, able })),
    { name: 'addresses on plain HTTP', able: await reaches(`${host}/tsa-root.pem`) },
    { name: 'files', able: typeof process === 'object' && Boolean(process.versions?.node) },
  ];
}

async function reaches(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}
