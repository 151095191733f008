import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSigner, listSignatures, parseReference, type Signer, sign } from '../../../src/index.ts';
import { createRegistry, type Registry } from '../../../src/oci/index.ts';
import { googleCredentials } from '../../../src/registries/index.ts';
import { generateTestChain } from '../../../src/testing/index.ts';
import { collect, failure, INDEX } from '../../oci/support.ts';
import { pushImage } from '../../support/artifact.ts';
import { json } from '../../support/registry-server.ts';
import { giveAuthorizationToken } from './aws.ts';
import { errors, text } from './dialect.ts';
import { acr, dockerHub, ecr, github, google, harbor } from './dialects.ts';
import { speak } from './speak.ts';

const HOUR = 3600 * 1000;
let signer: Signer;

beforeAll(async () => {
  signer = await createSigner(await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function signaturesOf(reference: string, registry: Registry): Promise<string[]> {
  const found = await collect(listSignatures(reference, { registry }));
  return found.map(({ digest }) => digest);
}

function resolve(registry: Registry, name: string): Promise<unknown> {
  return registry.repository(parseReference(name)).resolve('v1');
}

function later(milliseconds: number): void {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + milliseconds);
}

describe('the GitHub Container Registry', () => {
  it('gets the request for the tag after the one for the referrers went to github.com', async () => {
    const { connect, name, sent } = await speak(github);
    const { reference } = await pushImage(connect(), name);
    const { signature } = await sign(reference, { signer, registry: connect() });
    const before = sent.length;
    expect(await signaturesOf(reference, connect())).toEqual([signature.digest]);
    const requested = sent.slice(before).flatMap(({ url: { host, pathname } }) => {
      const [kind] = /referrers|manifests\/sha256-/.exec(pathname) ?? [];
      return kind === undefined ? [] : [`${host} ${kind}`];
    });
    expect([...new Set(requested)]).toEqual([
      'ghcr.io referrers',
      'github.com referrers',
      'ghcr.io manifests/sha256-',
    ]);
  });

  it('has no signatures if it redirects the tag to github.com, too', async () => {
    const { connect, name, server } = await speak(github);
    const { reference } = await pushImage(connect(), name);
    const answer = server.switches.intercept;
    server.switches.intercept = (request, response) => {
      if (!request.url.pathname.includes('/manifests/sha256-')) return answer?.(request, response) ?? false;
      response.writeHead(303, { location: 'https://github.com/-/v2/packages/container/package/x' }).end();
      return true;
    };
    expect(await signaturesOf(reference, connect())).toEqual([]);
  });

  it('does not count as having no signatures if github.com responds with 429', async () => {
    const { connect, name, elsewhere } = await speak(github);
    const { reference } = await pushImage(connect(), name);
    await sign(reference, { signer, registry: connect() });
    elsewhere.switches.intercept = (_, response) => {
      text(429, 'Too Many Requests')(response);
      return true;
    };
    expect(await failure(signaturesOf(reference, connect()))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'github.com responded with 429 to the request for referrers',
    });
  });
});

describe('Docker Hub', () => {
  it('gets a list under the fallback tag if it reports a signature as listed and has no API', async () => {
    const { connect, name, server } = await speak(dockerHub);
    const { reference } = await pushImage(connect(), name);
    server.switches.referrersApi = true; // responds to pushes with OCI-Subject; the API stays away
    const registry = connect();
    await sign(reference, { signer, registry });
    expect(await signaturesOf(reference, registry)).toHaveLength(1);
    expect(await signaturesOf(reference, connect())).toHaveLength(1);
  });
});

describe('Amazon ECR', () => {
  it('reports its refusal of a manifest with a subject to the signer', async () => {
    const { connect, name, server } = await speak(ecr);
    const { reference } = await pushImage(connect(), name);
    const answer = server.switches.intercept;
    server.switches.intercept = (request, response) => {
      const refused = request.method === 'PUT' && request.body.includes('"subject"');
      if (refused) errors(405, 'UNSUPPORTED', 'Invalid parameter at ImageManifest')(response);
      return refused || (answer?.(request, response) ?? false);
    };
    expect(await failure(sign(reference, { signer, registry: connect() }))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining(' responded with 405 '),
    });
  });

  it('gets another token after twelve hours, without a refusal', async () => {
    let password = 'ecr-password-secret';
    const { name, fetch, server, connect } = await speak({
      ...ecr,
      service: {
        address: 'https://api.ecr.eu-west-1.amazonaws.com/',
        answer: (request, response) => giveAuthorizationToken(request, response, ecr.secret, password),
      },
    });
    const credentials = ecr.helper(ecr.secret, fetch);
    await pushImage(connect(), name);
    const registry = createRegistry({ retries: 0, fetch, credentials });
    await resolve(registry, name);
    const answer = server.switches.intercept;
    const basic = (secret: string) => `Basic ${Buffer.from(`AWS:${secret}`).toString('base64')}`;
    server.switches.intercept = (request, response) => {
      if (request.authorization === basic('ecr-password-secret')) {
        errors(
          403,
          'DENIED',
          'Your authorization token has expired. Reauthenticate and try again.',
        )(response);
        return true;
      }
      const renewed = request.authorization === basic(password);
      const authorization = renewed ? basic('ecr-password-secret') : request.authorization;
      return answer?.({ ...request, authorization }, response) ?? false;
    };
    password = 'ecr-second-secret';
    later(12 * HOUR);
    await expect(resolve(registry, name)).resolves.toMatchObject({ digest: expect.any(String) });
  });
});

describe('the Azure Container Registry', () => {
  it('exchanges the token of Entra once, and issues an access token for each kind of work', async () => {
    const { connect, name, sent } = await speak(acr);
    const registry = connect();
    const { reference } = await pushImage(registry, name);
    await sign(reference, { signer, registry });
    const posts = sent.filter(({ url }) => url.pathname.startsWith('/oauth2/'));
    expect(posts.map(({ url }) => url.pathname)).toEqual(['/oauth2/exchange', '/oauth2/token']);
    const form = Object.fromEntries(new URLSearchParams(posts[1]?.body));
    expect(form).toMatchObject({
      grant_type: 'refresh_token',
      service: 'acme.azurecr.io',
      scope: 'repository:team/app:pull,push',
    });
  });
});

describe('the Google Artifact Registry', () => {
  it('gets a request for a new token before the old one ends, with an access token of that time', async () => {
    const { name, fetch, connect, sent } = await speak(google);
    await pushImage(connect(), name);
    let calls = 0;
    const accessToken = async () => {
      calls++;
      return google.secret;
    };
    const registry = createRegistry({ retries: 0, fetch, credentials: googleCredentials({ accessToken }) });
    await resolve(registry, name);
    await resolve(registry, name);
    expect(calls).toBe(1);
    later(11 * HOUR);
    await resolve(registry, name);
    expect(calls).toBe(2);
    expect(sent.filter(({ url }) => url.pathname === '/v2/token')).toHaveLength(3);
  });

  it('sends no challenge when it refuses a token: another one is requested from the URL of the first', async () => {
    const { connect, name, server } = await speak(google);
    const registry = connect();
    await pushImage(registry, name);
    server.tokens.clear();
    await expect(resolve(registry, name)).resolves.toBeDefined();
  });
});

describe('Harbor before 2.10', () => {
  it('is read by the tag if its list of referrers has another media type', async () => {
    const { connect, name, server } = await speak({
      ...harbor,
      noReferrers: (response) => json(response, 200, { schemaVersion: 2, mediaType: INDEX, manifests: [] }),
    });
    const { reference } = await pushImage(connect(), name);
    const { signature } = await sign(reference, { signer, registry: connect() });
    expect(await signaturesOf(reference, connect())).toEqual([signature.digest]);
    expect(server.repository(harbor.repository).tags.size).toBe(2);
  });
});
