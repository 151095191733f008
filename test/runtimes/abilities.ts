import { probeAlgorithms } from '../../src/crypto/probe.ts';

/** An ability that a runtime may have. */
export interface Ability {
  name: string;
  able: boolean;
}

/** The ability that only a page on HTTPS can probe. */
export const PLAIN_HTTP = 'addresses on plain HTTP';

/**
 * Returns the abilities of this runtime, among those in which runtimes differ.
 * @param plain - An origin on plain HTTP; for a page, an origin other than its own.
 * @param other - An origin that does not allow requests from pages of other origins (CORS).
 */
export async function probeAbilities(plain: string, other: string): Promise<Ability[]> {
  const algorithms = Object.entries(await probeAlgorithms());
  return [
    ...algorithms.map(([keySpec, able]) => ({ name: keySpec, able })),
    { name: PLAIN_HTTP, able: await reaches(`${plain}/tsa-root.pem`) },
    { name: 'addresses that do not allow pages of other origins (CORS)', able: await reaches(other) },
  ];
}

async function reaches(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}
