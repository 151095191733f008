import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  inspect,
  listSignatures,
  parseTrustPolicy,
  type Registry,
  type Signer,
  sign,
  VerificationError,
  verify,
} from '../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import type { RegistryServer, SeenRequest } from '../support/registry-server.ts';
import { MIB, OTHER, pour } from './hostile.ts';
import { collect, everythingOf, INDEX, MANIFEST, NAME, start } from './support.ts';

// Each way a registry can be hostile, in each request of verifying, listing and inspecting: bounded requests,
// bounded memory, a typed error or an honest verdict, and no secret in the output.

const PASSWORD = 'correct-horse-battery';
const PAIR = Buffer.from(`ci:${PASSWORD}`).toString('base64');
/** Milliseconds: longer than any answer takes on a busy machine. */
const PATIENT = 20_000;
/** Milliseconds, if no answer comes. */
const IMPATIENT = 1000;
/** Requests that the three operations may send together: each has a timeout, so that this bounds their time. */
const MAX_REQUESTS = 40;
/** Pages of referrers that one operation may request. */
const MAX_PAGES = 1001;
/** A response up to this length, in bytes, may be read whole, and one chunk of the runtime more. */
const LIMIT = 4 * MIB + MIB;

let chain: TestCertificate;
let signer: Signer;
let server: RegistryServer;
let reference: string;
let digest: string;
let bytesRead = 0;
let timeout = PATIENT;
/** A machine may be too busy for a thousand pages in ten seconds: the number of requests must end them. */
const limits = { time: 60_000 };
/** Answers by the URL in place of the server: a thousand pages over connections take long. */
let answerHere: ((url: URL) => Promise<Response> | undefined) | undefined;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

beforeEach(async () => {
  server = await start({ accounts: { scheme: 'bearer', username: 'ci', password: PASSWORD } });
  const pushed = await pushImage(registry(), `${server.host}/${NAME}`);
  ({ reference, digest } = pushed);
  await sign(reference, { signer, registry: pushed.registry });
  server.requests.length = 0;
  bytesRead = 0;
});

afterEach(() => {
  server.switches.intercept = undefined;
  answerHere = undefined;
  timeout = PATIENT;
});

/** Counts the bytes that the client reads, decompressed. */
const countingFetch: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const answered = answerHere?.(url);
  if (answered) return answered;
  const response = await fetch(input, init);
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytesRead += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const { status, headers } = response;
  return new Response(response.body?.pipeThrough(counter) ?? null, { status, headers });
};

function registry(options: Parameters<typeof createRegistry>[0] = {}): Registry {
  const credentials = { [server.host]: { username: 'ci', password: PASSWORD } };
  return createRegistry({ credentials, retries: 0, timeout, fetch: countingFetch, ...options });
}

function verifySigned(options: { limits?: { signatures: number } } = {}) {
  const statement = { registryScopes: [`${server.host}/${NAME}`] };
  return verify(reference, {
    registry: registry(),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: parseTrustPolicy(policyDocument(statement)),
    limits,
    ...options,
  });
}

/** The outcome of an operation in one word, and all its visible output. */
interface Outcome {
  word: string;
  seen: string;
}

async function outcomeOf(work: Promise<{ word: string; shown: unknown }>): Promise<Outcome> {
  try {
    const { word, shown } = await work;
    return { word, seen: JSON.stringify(shown) };
  } catch (error) {
    const report = error instanceof VerificationError ? error.report : undefined;
    const reason = report?.signatures[0]?.reason ?? report?.reason;
    const { code } = error as { code?: string };
    const seen = `${everythingOf(error)}\n${JSON.stringify(error)}\n${JSON.stringify(report)}`;
    return { word: report ? `rejected, ${reason?.code}` : (code ?? String(error)), seen };
  }
}

const operations = {
  verify: () => outcomeOf(verifySigned().then((shown) => ({ word: shown.outcome, shown }))),
  list: () =>
    outcomeOf(
      collect(listSignatures(reference, { registry: registry(), limits })).then((shown) => ({
        word: `lists ${shown.length}`,
        shown,
      })),
    ),
  inspect: () =>
    outcomeOf(
      inspect(reference, { registry: registry(), limits }).then((shown) => ({
        word: shown.map((one) => ('error' in one ? one.error.code : 'read')).join() || 'none',
        shown,
      })),
    ),
};

type Answer = (response: ServerResponse, request: SeenRequest) => void;
type Place = 'manifest' | 'referrers' | 'signature' | 'envelope' | 'token' | 'challenge';

/** The server of a request; the first request to the registry gets a challenge. */
function placeOf({ path, authorization }: SeenRequest): Place | undefined {
  if (path.startsWith('/token')) return 'token';
  if (authorization === undefined) return 'challenge';
  if (path.includes(`/manifests/${digest}`)) return 'manifest';
  if (path.includes('/referrers/')) return 'referrers';
  if (path.includes('/manifests/')) return 'signature';
  return path.includes('/blobs/') ? 'envelope' : undefined;
}

/** Attacks one request; everything else works. */
function attack(place: Place, answer: Answer): void {
  server.switches.intercept = (request, response) => {
    const here = placeOf(request) === place;
    if (here) answer(response, request);
    return here;
  };
}

function expectNoSecrets(...seen: string[]): void {
  for (const secret of [PASSWORD, PAIR, ...server.tokens.keys()]) {
    expect(seen.join('\n')).not.toContain(secret);
  }
}

const html: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
};
const bomb = gzipSync(Buffer.alloc(64 * MIB, 0x20));
const redirect =
  (to?: string): Answer =>
  (response, { path }) =>
    void response.writeHead(307, { location: to ?? path }).end();
const challenge =
  (realm: string): Answer =>
  (response) =>
    void response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
const METADATA = 'http://169.254.169.254/latest/meta-data/';

function sends(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type }).end(body);
}

/** The response to HEAD for the artifact, changed. */
function described(response: ServerResponse, changed: Record<string, string>): void {
  const size = String(server.repository(NAME).manifests.get(digest)?.bytes.length);
  const told = { 'content-type': MANIFEST, 'content-length': size, 'docker-content-digest': digest };
  response.writeHead(200, { ...told, ...changed }).end();
}

const EMPTY_PAGE = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
const linkTo = (next: string) => `<${next}>; rel="next"`;

/** An empty page that names a next one. */
function page(response: ServerResponse, next: string): void {
  response.setHeader('link', linkTo(next));
  sends(response, INDEX, EMPTY_PAGE);
}

function gzipped(type: string): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(bomb);
  };
}

/** Begins a header that does not end. */
function drip(response: ServerResponse): void {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  const drips = setInterval(() => socket?.write('.'), 50);
  socket?.on('close', () => clearInterval(drips));
}

/** Makes the client read the manifest to resolve its digest. */
function unlessHead(answer: Answer): Answer {
  return (response, request) => {
    if (request.method === 'HEAD') response.writeHead(405).end();
    else answer(response, request);
  };
}

/** The outcomes of the three operations: verify, list, inspect. */
type Words = readonly [verify: string, list: string, inspect: string];
const all = (word: string): Words => [word, word, word];
/** One signature cannot be fetched: the verdict is a rejection, and the others would be tried. */
const one = (code: string): Words => [`rejected, ${code}`, 'lists 1', code];
/** The descriptor of the registry is compared with the signed one; listing and inspecting need only the digest. */
const NOT_WHAT_WAS_SIGNED: Words = ['rejected, ERR_ARTIFACT_MISMATCH', 'lists 1', 'read'];
/** By the distribution specification such a registry has no referrers API, and the tag does not exist. */
const NO_REFERRERS: Words = ['rejected, ERR_NO_SIGNATURE', 'lists 0', 'none'];

const ATTACKS: readonly [name: string, place: Place, answer: Answer, words: Words][] = [
  [
    'an endless body',
    'manifest',
    unlessHead((response) => void pour(response, { 'content-type': MANIFEST })),
    all('ERR_LIMIT_EXCEEDED'),
  ],
  [
    'an endless body',
    'referrers',
    (response) => void pour(response, { 'content-type': INDEX }),
    all('ERR_LIMIT_EXCEEDED'),
  ],
  [
    'an endless body',
    'signature',
    (response) => void pour(response, { 'content-type': MANIFEST }),
    one('ERR_CONTENT_MISMATCH'),
  ],
  ['an endless body', 'envelope', (response) => void pour(response), one('ERR_CONTENT_MISMATCH')],
  ['an endless body', 'token', (response) => void pour(response), all('ERR_LIMIT_EXCEEDED')],
  ['a page loop', 'referrers', (response, { path }) => page(response, path), all('ERR_LIMIT_EXCEEDED')],
  [
    'a wrong digest',
    'manifest',
    (response) => described(response, { 'docker-content-digest': OTHER }),
    all('ERR_CONTENT_MISMATCH'),
  ],
  [
    'a wrong digest',
    'signature',
    (response) => sends(response, MANIFEST, 'other'),
    one('ERR_CONTENT_MISMATCH'),
  ],
  [
    'a wrong digest',
    'envelope',
    (response) => sends(response, 'application/jose+json', 'other'),
    one('ERR_CONTENT_MISMATCH'),
  ],
  [
    'a wrong size',
    'manifest',
    (response) => described(response, { 'content-length': '1' }),
    NOT_WHAT_WAS_SIGNED,
  ],
  [
    'a wrong size',
    'signature',
    (response) => sends(response, MANIFEST, 'short'),
    one('ERR_CONTENT_MISMATCH'),
  ],
  [
    'a wrong size',
    'envelope',
    (response) => sends(response, 'application/jose+json', 'long'),
    one('ERR_CONTENT_MISMATCH'),
  ],
  [
    'a wrong media type',
    'manifest',
    (response) => described(response, { 'content-type': INDEX }),
    NOT_WHAT_WAS_SIGNED,
  ],
  ['a wrong media type', 'referrers', (response) => sends(response, MANIFEST, '{}'), NO_REFERRERS],
  [
    'a wrong media type',
    'signature',
    (response) => sends(response, INDEX, '{}'),
    one('ERR_CONTENT_MISMATCH'),
  ],
  ['a 200 with HTML', 'manifest', unlessHead(html), all('ERR_REGISTRY_RESPONSE')],
  ['a 200 with HTML', 'referrers', html, NO_REFERRERS],
  ['a 200 with HTML', 'signature', html, one('ERR_CONTENT_MISMATCH')],
  ['a 200 with HTML', 'envelope', html, one('ERR_CONTENT_MISMATCH')],
  ['a 200 with HTML', 'token', html, all('ERR_REGISTRY_RESPONSE')],
  ['a gzip bomb', 'manifest', unlessHead(gzipped(MANIFEST)), all('ERR_LIMIT_EXCEEDED')],
  ['a gzip bomb', 'referrers', gzipped(INDEX), all('ERR_LIMIT_EXCEEDED')],
  ['a gzip bomb', 'signature', gzipped(MANIFEST), one('ERR_CONTENT_MISMATCH')],
  ['a gzip bomb', 'envelope', gzipped('application/jose+json'), one('ERR_CONTENT_MISMATCH')],
  ['a gzip bomb', 'token', gzipped('application/json'), all('ERR_LIMIT_EXCEEDED')],
  ['a redirect to a metadata address', 'manifest', redirect(METADATA), all('ERR_REGISTRY_RESPONSE')],
  ['a redirect to a metadata address', 'referrers', redirect(METADATA), all('ERR_REGISTRY_RESPONSE')],
  ['a redirect to a metadata address', 'signature', redirect(METADATA), one('ERR_REGISTRY_RESPONSE')],
  ['a redirect to a metadata address', 'envelope', redirect(METADATA), one('ERR_REGISTRY_RESPONSE')],
  ['a redirect to a metadata address', 'token', redirect(METADATA), all('ERR_REGISTRY_RESPONSE')],
  [
    'a link to a metadata address',
    'referrers',
    (response) => page(response, METADATA),
    all('ERR_REGISTRY_RESPONSE'),
  ],
  ['a redirect loop', 'manifest', redirect(), all('ERR_REGISTRY_RESPONSE')],
  ['a redirect loop', 'referrers', redirect(), all('ERR_REGISTRY_RESPONSE')],
  ['a redirect loop', 'signature', redirect(), one('ERR_REGISTRY_RESPONSE')],
  ['a redirect loop', 'envelope', redirect(), one('ERR_REGISTRY_RESPONSE')],
  ['a redirect loop', 'token', redirect(), all('ERR_REGISTRY_RESPONSE')],
  [
    'a realm on another host',
    'challenge',
    challenge('http://registry.example.com/token'),
    all('ERR_REGISTRY_RESPONSE'),
  ],
  [
    'a realm at a metadata address',
    'challenge',
    challenge('https://169.254.169.254/token'),
    all('ERR_REGISTRY_RESPONSE'),
  ],
];

const SILENCES: typeof ATTACKS = [
  ['headers that never come', 'manifest', () => undefined, all('ERR_TIMEOUT')],
  ['headers that never come', 'referrers', () => undefined, all('ERR_TIMEOUT')],
  ['headers that never come', 'signature', () => undefined, one('ERR_TIMEOUT')],
  ['headers that never come', 'envelope', () => undefined, one('ERR_TIMEOUT')],
  ['headers that never come', 'token', () => undefined, all('ERR_TIMEOUT')],
  ['headers that drip', 'manifest', drip, all('ERR_TIMEOUT')],
  ['headers that drip', 'envelope', drip, one('ERR_TIMEOUT')],
];

/** Verifies, lists and inspects, and expects outcomes within bounds that show no secret. */
async function expectOutcomes(words: Words): Promise<void> {
  const outcomes = await Promise.all([operations.verify(), operations.list(), operations.inspect()]);
  expect(outcomes.map(({ word }) => word)).toEqual(words);
  expect(server.requests.length).toBeLessThanOrEqual(MAX_REQUESTS);
  expect(bytesRead).toBeLessThan(outcomes.length * LIMIT);
  expectNoSecrets(...outcomes.map(({ seen }) => seen));
}

describe('a registry with', () => {
  it.each(ATTACKS)('%s in place of the %s', async (_, place, answer, words) => {
    attack(place, answer);
    await expectOutcomes(words);
  });

  it.each(SILENCES)('%s in place of the %s', async (_, place, answer, words) => {
    timeout = IMPATIENT;
    attack(place, answer);
    await expectOutcomes(words);
  });

  it('endless pages in place of the referrers', async () => {
    let pages = 0;
    const nextPage = async (pathname: string) => {
      // Lets other requests run, as real connections do.
      await new Promise((resolve) => setImmediate(resolve));
      bytesRead += EMPTY_PAGE.length;
      const headers = { 'content-type': INDEX, link: linkTo(`${pathname}?page=${++pages}`) };
      return new Response(EMPTY_PAGE, { headers });
    };
    answerHere = ({ pathname }) => (pathname.includes('/referrers/') ? nextPage(pathname) : undefined);
    const exceeded = 'ERR_BUDGET_EXCEEDED';
    await expectOutcomes([exceeded, 'ERR_LIMIT_EXCEEDED', exceeded]);
    expect(pages).toBeLessThanOrEqual(3 * MAX_PAGES);
  }, 120_000);
});
