import { NotationError } from 'notarykit/errors';
import type { ExtensionApi } from '../extension-api.ts';

/**
 * Returns the match pattern that covers the origin of a URL: `https://auth.example.com/*`. It covers every port, since Firefox
 * knows no ports in patterns.
 */
export function originPattern({ protocol, hostname }: URL): string {
  return `${protocol}//${hostname}/*`;
}

/** Reports whether the user permits the extension to reach the hosts of a match pattern. */
export async function isPermitted(api: Pick<ExtensionApi, 'permissions'>, pattern: string): Promise<boolean> {
  try {
    return await api.permissions.contains({ origins: [pattern] });
  } catch {
    // The browser rejects patterns that it cannot read, such as those of some addresses: nobody can permit them.
    return false;
  }
}

/** Returns those match patterns that the user does not permit, each once. */
export async function withoutPermission(
  api: Pick<ExtensionApi, 'permissions'>,
  patterns: Iterable<string>,
): Promise<string[]> {
  const all = [...new Set(patterns)];
  const permitted = await Promise.all(all.map((pattern) => isPermitted(api, pattern)));
  return all.filter((_, index) => !permitted[index]);
}

/**
 * A request that was not sent, since the extension has no permission for its host. Without it the response would be hidden
 * unless the host allows every extension to read it (CORS), and a failure could mean anything.
 */
export class PermissionMissing extends NotationError {
  constructor(readonly pattern: string) {
    const origin = pattern.replace(/\/\*$/, '');
    // This code is not one of those after which a request is repeated.
    super('ERR_REGISTRY_UNAUTHORIZED', `the extension needs permission for ${origin}`, {
      nextStep: `Permit the extension to reach ${origin}.`,
    });
  }
}
