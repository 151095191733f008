import { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { p256 } from '@noble/curves/nist.js';
import { onTestFinished } from 'vitest';
import { issueTestChain } from '../../src/testing/index.ts';
import type { Handler, SeenRequest, TestKey, TestService } from '../kms/support.ts';
import type { StepOptions } from './workflow.ts';

/** The services that a step reaches over HTTPS. */
export interface Cloud {
  requests: SeenRequest[];
  /** How a step reaches it, with the permission to request identity tokens. */
  options: Required<StepOptions>;
}

/** Starts a cloud in which every host is answered by one handler. */
export async function startCloud(handler: Handler): Promise<Cloud> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { 'x-test-url': url, ...headers } = incoming.headers as Record<string, string>;
    const body = (await buffer(incoming)).toString();
    const request = { method: incoming.method ?? '', url: new URL(url ?? ''), headers, body };
    requests.push(request);
    const response = identityToken(request) ?? (await handler(request, requests.length - 1));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const env = {
    TEST_CLOUD: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://actions.example/job/token?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token-of-the-job',
  };
  return { requests, options: { env, imports: [resolve('test/action/network.mjs')] } };
}

/** Responds as the identity provider of GitHub does. */
function identityToken({ url, headers }: SeenRequest): Response | undefined {
  if (url.host !== 'actions.example') return undefined;
  if (headers.authorization !== 'Bearer token-of-the-job') return new Response('{}', { status: 401 });
  const audience = url.searchParams.get('audience') ?? 'https://github.com/acme';
  return Response.json({ value: `identity-for:${audience}` });
}

/** A key that signs whatever digest it is given, with its chain. */
export async function createDigestKey(): Promise<{ key: TestKey; root: string; certificates: string }> {
  const { secretKey, publicKey } = p256.keygen();
  const point = Buffer.from(p256.Point.fromBytes(publicKey).toBytes(false));
  const prefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
  const spki = Buffer.concat([prefix, point]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  const { certificates, root } = await issueTestChain({ name: 'release.acme.example', publicKey: pem });
  const key: TestKey = {
    keySpec: 'EC-256',
    publicKey: createPublicKey(pem),
    pem,
    spki,
    certificates,
    sign: (digest, form) =>
      Buffer.from(
        p256.sign(digest, secretKey, { prehash: false, format: form === 'der' ? 'der' : 'compact' }),
      ),
  };
  return { key, root, certificates };
}

/** Responds as a key service does. */
export function keyService(service: TestService, key: TestKey, request: SeenRequest): Response {
  if (!service.isSigning(request)) return Response.json(service.keyResponse(key, request));
  const signature = key.sign(service.digestIn(request), service.form);
  return Response.json(service.signResponse(signature, key, request));
}
