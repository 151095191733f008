import type { Switches } from '../../support/registry-server.ts';
import type { Behaviour } from '../host/behaviours.ts';
import type { Delivery } from '../host/deliveries.ts';

let origin = '';
let served = 0;

/** Tells where the host is: see host/server.ts. */
export function useHost(address: string): void {
  origin = address;
}

/** Such as `http://127.0.0.1:4000`. */
export function hostOrigin(): string {
  return origin;
}

/** The registry of the host, as references name it. */
export function hostRegistry(): string {
  return new URL(origin).host;
}

/** Makes the host answer under a new URL; returns the URL. */
export async function serve(answer: Uint8Array | Behaviour): Promise<string> {
  const name = `${Date.now().toString(36)}-${served++}`;
  const behaviour = answer instanceof Uint8Array ? 'bytes' : answer;
  const body = answer instanceof Uint8Array ? answer : new Uint8Array();
  await put(`/serve/${name}?behaviour=${behaviour}`, body);
  return `${origin}/served/${name}`;
}

/**
 * Changes how the registry behaves.
 * @param switches - Members of `Switches` of test/support/registry-server.ts, and how responses to requests whose path
 * has a part are sent; without `delivery` they are sent as they are.
 */
export async function switchRegistry(
  switches: Partial<Omit<Switches, 'intercept' | 'accounts'>> & {
    accounts?: object | null;
    delivery?: { way: Delivery; part: string };
  },
): Promise<void> {
  await put('/switches', new TextEncoder().encode(JSON.stringify(switches)));
}

/** The root certificate of the timestamping authority at `/tsa`, PEM. */
export async function timestampRoot(): Promise<string> {
  return (await fetch(`${origin}/tsa-root.pem`)).text();
}

async function put(path: string, body: Uint8Array): Promise<void> {
  const response = await fetch(origin + path, { method: 'PUT', body: body as BodyInit });
  if (!response.ok) throw new Error(`the host answers ${response.status} to ${path}`);
}
