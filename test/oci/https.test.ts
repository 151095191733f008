import { createServer, request } from 'node:https';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createRegistry, parseReference } from '../../src/oci/index.ts';
import { extensions, forgeCertificate } from '../support/forge.ts';
import { bytesOf, failure, image, MANIFEST, NAME, start } from './support.ts';

/** The address 127.0.0.1 as the one alternative name. */
const NAMES = Uint8Array.of(0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1);
const { pem: cert, privateKey: key } = forgeCertificate({
  subject: 'registry',
  extensions: [extensions.basicConstraints({ ca: true }), extensions.of('2.5.29.17', NAMES)],
});

/** A fetch that trusts one certificate authority: what a user with a private one writes. */
function fetchTrusting(ca: string): typeof fetch {
  return async (input, init) => {
    const { url, method, headers, body, signal } = new Request(input, init);
    const bytes = body && Buffer.from(await new Response(body).arrayBuffer());
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers: Object.fromEntries(headers), ca, signal }, (message) => {
        const { statusCode: status = 0 } = message;
        const stream = method === 'HEAD' ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
        resolve(new Response(stream, { status, headers: message.headers as Record<string, string> }));
      });
      sent.on('error', reject).end(bytes ?? undefined);
    });
  };
}

describe('a registry on HTTPS', () => {
  const https = () =>
    start({ accounts: { scheme: 'basic', username: 'ci', password: 'secret' } }, (listener) =>
      createServer({ key, cert }, listener),
    );

  it('accepts pushes and pulls through a fetch that trusts its certificate', async () => {
    const server = await https();
    const registry = createRegistry({
      plainHttp: false,
      fetch: fetchTrusting(cert),
      credentials: { [server.host]: { username: 'ci', password: 'secret' } },
      retries: 0,
    });
    const repository = registry.repository(parseReference(`${server.host}/${NAME}`));
    const descriptor = await repository.pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await repository.resolve('v1')).toEqual(descriptor);
    expect(await repository.fetchManifest(descriptor)).toEqual(bytesOf(image()));
  });

  it('is sent no request if its certificate is not trusted', async () => {
    const server = await https();
    const registry = createRegistry({
      plainHttp: false,
      credentials: { [server.host]: { username: 'ci', password: 'secret' } },
      retries: 0,
    });
    const error = await failure(registry.repository(parseReference(`${server.host}/${NAME}`)).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(server.requests).toEqual([]);
  });
});
