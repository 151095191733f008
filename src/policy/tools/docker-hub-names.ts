import { isRepository } from '../scopes.ts';

const DOCKER_HUB = 'docker.io';

/**
 * What is easily misunderstood about a name: where `verify` and docker take it for something on Docker Hub, and a
 * registry scope is compared with it as it is written.
 */
export function shortNameNote(name: string): string | undefined {
  const whole = expandShortName(name);
  if (whole === name || !isRepository(whole)) return undefined;
  return `as the reference of an image, "${name}" stands for ${whole}; registry scopes need the whole name`;
}

/** The fully qualified name of what may be a short name for a repository on Docker Hub. */
export function expandShortName(name: string): string {
  const slash = name.indexOf('/');
  if (slash < 0) return `${DOCKER_HUB}/library/${name}`;
  const [host, rest] = [name.slice(0, slash), name.slice(slash + 1)];
  if (!/[.:]/.test(host) && host !== 'localhost') return `${DOCKER_HUB}/${name}`;
  if (host !== DOCKER_HUB && host !== `index.${DOCKER_HUB}`) return name;
  return `${DOCKER_HUB}/${rest.includes('/') ? rest : `library/${rest}`}`;
}
