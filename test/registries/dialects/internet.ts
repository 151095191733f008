import type { RegistryServer } from '../../support/registry-server.ts';

/** Tells a server which host a request was meant for. */
export const MEANT_FOR = 'x-meant-for';

/** A request as the library sent it. */
export interface Sent {
  method: string;
  url: URL;
  headers: Headers;
  /** Byte by byte. */
  body: string;
}

/** Stands for the network. */
export interface Internet {
  fetch: typeof globalThis.fetch;
  /** Every request, in order. */
  readonly sent: Sent[];
}

/** Routes the hosts of vendors to servers of this machine, over HTTPS only. */
export function internet(serverOf: (host: string) => RegistryServer): Internet {
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, redirect, signal } = request;
    const url = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer());
    sent.push({ method, url, headers: new Headers(request.headers), body: body.toString('latin1') });
    if (url.protocol !== 'https:') throw new TypeError(`${url.origin} is requested over plain HTTP`);
    const headers = new Headers(request.headers);
    headers.set(MEANT_FOR, url.host);
    return globalThis.fetch(`http://${serverOf(url.host).host}${url.pathname}${url.search}`, {
      method,
      headers,
      redirect,
      signal,
      ...(body.length > 0 && { body }),
    });
  };
  return { fetch, sent };
}

/** Whether a secret is anywhere in a request: as it is, percent-encoded, or in a pair of basic authentication. */
export function carries({ url, headers, body }: Sent, secret: string): boolean {
  const values = [...headers.values()];
  const pairs = values.flatMap((value) => {
    const [, pair] = /^Basic (\S+)$/.exec(value) ?? [];
    return pair === undefined ? [] : [Buffer.from(pair, 'base64').toString()];
  });
  const texts = [url.href, body, ...values, ...pairs];
  return [secret, encodeURIComponent(secret)].some((form) => texts.some((text) => text.includes(form)));
}
