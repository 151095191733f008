import { describe, expect, it } from 'vitest';
import { createRegistry, parseReference, type Repository } from '../../src/oci/index.ts';
import { BLOB, fetchBlob, manifest } from './hostile.ts';
import { everythingOf, failure, INDEX, notes } from './support.ts';

// A registry with a public name leads its client to addresses of the client's own machine, network or cloud.

const HOST = 'registry.example.com';
const PASSWORD = 'correct-horse-battery';
const INSIDE = [
  'https://127.0.0.1:8443/',
  'https://2130706433/',
  'https://localhost/admin',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://0.0.0.0/',
  'https://169.254.169.254/latest/meta-data/iam/',
  'https://0xa9fea9fe/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
];

/** A repository whose registry gives one answer, and the hosts that received requests. */
function leading(answer: () => Response): { repository: Repository; requested: Set<string> } {
  const requested = new Set<string>();
  const registry = createRegistry({
    retries: 0,
    credentials: { [HOST]: { username: 'ci', password: PASSWORD } },
    fetch: async (input) => {
      const { url, method } = new Request(input);
      requested.add(new URL(url).host);
      return method === 'HEAD' ? new Response(null, { status: 404 }) : answer();
    },
  });
  return { repository: registry.repository(parseReference(`${HOST}/team/app`)), requested };
}

async function expectRefused(work: Promise<unknown>, requested: Set<string>): Promise<void> {
  const error = await failure(work);
  expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
  expect(everythingOf(error)).not.toContain(PASSWORD);
  expect([...requested]).toEqual([HOST]);
}

describe.each(INSIDE)('a registry with a public name does not lead to %s', (location) => {
  it('by a redirect', async () => {
    const { repository, requested } = leading(
      () => new Response(null, { status: 307, headers: { location } }),
    );
    await expectRefused(fetchBlob(repository), requested);
  });

  it('by the address of an upload', async () => {
    const { repository, requested } = leading(
      () => new Response(null, { status: 202, headers: { location } }),
    );
    await expectRefused(repository.pushBlob('text/plain', BLOB), requested);
  });

  it('by the link to a next page', async () => {
    const headers = { 'content-type': INDEX, link: `<${location}>; rel="next"` };
    const { repository, requested } = leading(() => new Response('{"manifests":[]}', { headers }));
    await expectRefused(notes(repository, manifest), requested);
  });

  it('by the realm of a challenge', async () => {
    const headers = { 'www-authenticate': `Bearer realm="${location}"` };
    const { repository, requested } = leading(() => new Response(null, { status: 401, headers }));
    await expectRefused(fetchBlob(repository), requested);
  });
});

describe('a storage to which a registry redirects', () => {
  it('does not lead to loopback either', async () => {
    const locations = ['https://storage.example.net/blob', 'https://127.0.0.1/'];
    const { repository, requested } = leading(() => {
      const location = locations.shift() ?? '';
      return new Response(null, { status: 307, headers: { location } });
    });
    expect(await failure(fetchBlob(repository))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect([...requested]).toEqual([HOST, 'storage.example.net']);
  });
});
