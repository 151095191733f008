import { DOCKER_HUB } from '../../encoding/registry-host.ts';
import { quote } from '../../errors/quote.ts';
import { isRepository } from '../scopes.ts';

/**
 * Returns a note on a name that is easily misunderstood: `verify` and docker take it for a short name of Docker Hub, and a
 * registry scope takes the part before the first slash for a registry.
 */
export function shortNameNote(name: string): string | undefined {
  const whole = expandShortName(name);
  if (whole === name || !isRepository(whole)) return undefined;
  return `as the reference of an image, ${quote(name)} stands for ${whole}; registry scopes need the whole name`;
}

/** Returns the name with its registry: that of Docker Hub for a short name. */
export function expandShortName(name: string): string {
  const slash = name.indexOf('/');
  if (slash < 0) return `${DOCKER_HUB}/library/${name}`;
  const first = name.slice(0, slash);
  return /[.:]/.test(first) || first === 'localhost' ? name : `${DOCKER_HUB}/${name}`;
}
