import { encodeBase64Url } from '../encoding/base64.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { type Challenge, parseChallenges } from '../oci/registry/challenge.ts';
import type { Exchange } from './exchange.ts';

/** Below it are the token servers, if clients reach them through the gateway. */
export const TOKEN_ROOT = '/token/';
/** The schemes as clients write them. */
const SCHEMES: Readonly<Record<string, string>> = { bearer: 'Bearer', basic: 'Basic' };

/**
 * Reports whether the upstream gets the credentials of callers. Otherwise they never see its challenges: they would send its
 * token server what is meant for the gateway, or for another registry at the same host.
 */
export function takesCredentials({ setup, destination }: Exchange): boolean {
  return destination.upstream.passCredentials && !setup.authentication;
}

/** Returns the challenges of an upstream for a client: as they are, or with the gateway as the token server. */
export function challengesFor(exchange: Exchange, header: string): string {
  if (!exchange.setup.rewriteChallenges) return header;
  return parseChallenges(header)
    .map(({ scheme, parameters }) => {
      const changed = scheme === 'bearer' ? throughGateway(exchange, parameters) : parameters;
      const written = [...changed].map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
      return `${SCHEMES[scheme] ?? scheme} ${written.join(',')}`.trim();
    })
    .join(', ');
}

function throughGateway(
  { url, destination }: Exchange,
  parameters: Challenge['parameters'],
): Challenge['parameters'] {
  const { registry, path } = destination.upstream;
  const [realm, scope] = [parameters.get('realm'), parameters.get('scope')];
  if (realm === undefined) return parameters;
  const own = new URL(`${TOKEN_ROOT}${registry}/${encodeBase64Url(encodeUtf8(realm))}`, url);
  const named = scope?.replace(/(^| )repository:/g, `$1repository:${path}`);
  return new Map([...parameters, ['realm', own.href], ...(named ? [['scope', named] as const] : [])]);
}
