import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Credential, createRegistry, parseReference } from '../../src/oci/index.ts';
import { json, type RegistryServer } from '../support/registry-server.ts';
import { until } from '../support/until.ts';
import { accounts, authenticated, PASSWORD, USERNAME } from './accounts.ts';
import { collect, failure, image, NAME, SIGNATURE, start } from './support.ts';

const OPERATIONS = 20;
const WRONG: Credential = { username: USERNAME, password: 'wrong' };
const RIGHT: Credential = { username: USERNAME, password: PASSWORD };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Resolves the tag v1 of a repository. */
function resolver(server: RegistryServer, credentials: () => Credential) {
  const registry = createRegistry({ retries: 0, timeout: 5000, credentials });
  return (name = NAME) => registry.repository(parseReference(`${server.host}/${name}:v1`)).resolve('v1');
}

/** Resolves a tag in each of many repositories, and returns the errors. */
async function resolveMany(resolve: ReturnType<typeof resolver>, concurrency: number) {
  const names = Array.from({ length: OPERATIONS }, (_, index) => `team/app-${index}`);
  const errors: Awaited<ReturnType<typeof failure>>[] = [];
  const work = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop())
      errors.push(await failure(resolve(name)));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return errors;
}

async function startWithImage(scheme: 'basic' | 'bearer', identityToken?: string) {
  const server = await start({ accounts: accounts({ scheme, ...(identityToken && { identityToken }) }) });
  server.put(NAME, image(), { tag: 'v1' });
  return server;
}

describe.each(['basic', 'bearer'] as const)(
  'a wrong password at a server with %s authentication',
  (scheme) => {
    it.each([1, 8])('is sent once for many operations, %d at a time', async (concurrency) => {
      const server = await startWithImage(scheme);
      const errors = await resolveMany(
        resolver(server, () => WRONG),
        concurrency,
      );
      expect(errors.map(({ code }) => code)).toEqual(Array(OPERATIONS).fill('ERR_REGISTRY_UNAUTHORIZED'));
      expect(authenticated(server.requests)).toHaveLength(1);
    });

    it('gives later callers an error that says when it was rejected', async () => {
      vi.setSystemTime('2026-03-01T12:00:00Z');
      const server = await startWithImage(scheme);
      const resolve = resolver(server, () => WRONG);
      await failure(resolve());
      vi.setSystemTime('2026-03-01T12:00:29Z');
      const { message } = await failure(resolve());
      expect(message).toContain(`${server.host} responded with 401`);
      expect(message).toContain('at 2026-03-01T12:00:00.000Z');
      expect(message).not.toContain('wrong');
    });

    it('is sent again after 30 seconds', async () => {
      const server = await startWithImage(scheme);
      const resolve = resolver(server, () => WRONG);
      await failure(resolve());
      vi.setSystemTime(Date.now() + 30_001);
      await failure(resolve());
      await failure(resolve());
      expect(authenticated(server.requests)).toHaveLength(2);
    });

    it('does not keep the right one from being used at once', async () => {
      const server = await startWithImage(scheme);
      let credential = WRONG;
      const resolve = resolver(server, () => credential);
      await failure(resolve());
      await failure(resolve());
      credential = RIGHT;
      await expect(resolve()).resolves.toBeDefined();
    });

    it('is found out too after the right one was accepted', async () => {
      const server = await startWithImage(scheme);
      const resolve = resolver(server, () => RIGHT);
      await resolve();
      server.switches.accounts = accounts({ scheme, password: 'changed' });
      server.tokens.clear();
      server.requests.length = 0;
      await resolveMany(resolve, 1);
      const pairs = server.requests.filter(({ authorization }) => authorization?.startsWith('Basic'));
      expect(pairs).toHaveLength(2);
    });
  },
);

describe('a rejected credential', () => {
  it('that is an identity token is sent once for many operations', async () => {
    const server = await startWithImage('bearer', 'right');
    await resolveMany(
      resolver(server, () => ({ identityToken: 'wrong' })),
      8,
    );
    expect(authenticated(server.requests)).toHaveLength(1);
  });

  it.each([400, 429, 500, 503])('is not remembered if the token server responds with %d', async (status) => {
    const server = await startWithImage('bearer');
    let failures = 1;
    server.switches.intercept = ({ path }, response) => {
      const fails = path.startsWith('/token') && failures-- > 0;
      if (fails) response.writeHead(status).end();
      return fails;
    };
    const resolve = resolver(server, () => RIGHT);
    await failure(resolve());
    await expect(resolve()).resolves.toBeDefined();
  });

  it('is not remembered if the connection fails', async () => {
    const server = await startWithImage('bearer');
    let failures = 1;
    server.switches.intercept = ({ path }, response) => {
      const fails = path.startsWith('/token') && failures-- > 0;
      if (fails) response.destroy();
      return fails;
    };
    const resolve = resolver(server, () => RIGHT);
    await failure(resolve());
    await expect(resolve()).resolves.toBeDefined();
  });

  it('with the status 403 may be sent for another repository, but not for the same one', async () => {
    const server = await startWithImage('bearer');
    let denials = 0;
    server.switches.intercept = ({ path }, response) => {
      const isDenied = path.startsWith('/token') && path.includes('secret');
      if (isDenied) json(response, 403, { errors: [{ code: 'DENIED', message: `denial ${++denials}` }] });
      return isDenied;
    };
    const resolve = resolver(server, () => RIGHT);
    await failure(resolve('team/secret'));
    await failure(resolve('team/secret'));
    expect(denials).toBe(1);
    await expect(resolve()).resolves.toBeDefined();
  });

  it('does not keep a credential that one repository refuses from others', async () => {
    const server = await startWithImage('basic');
    const resolve = resolver(server, () => RIGHT);
    await resolve();
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('secret')) response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      return path.includes('secret');
    };
    await failure(resolve('team/secret'));
    await expect(resolve()).resolves.toBeDefined();
  });

  it('is not sent for the referrers either, although their list may be refused for other reasons', async () => {
    const server = await startWithImage('basic');
    const { repository } = createRegistry({ retries: 0, credentials: () => WRONG });
    const reference = parseReference(`${server.host}/${NAME}:v1`);
    const subject = server.put(NAME, image(), { tag: 'v1' });
    const list = () =>
      failure(collect(repository(reference).referrers(subject, { artifactType: SIGNATURE })));
    await list();
    const before = authenticated(server.requests).length;
    expect(await list()).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(authenticated(server.requests)).toHaveLength(before);
    expect(before).toBeLessThanOrEqual(2);
  });

  it('is waited for no longer than the caller wants', async () => {
    const server = await startWithImage('basic');
    server.switches.intercept = ({ authorization }) => authorization !== undefined;
    const registry = createRegistry({ retries: 0, credentials: () => RIGHT });
    const repository = registry.repository(parseReference(`${server.host}/${NAME}:v1`));
    const first = new AbortController();
    const second = new AbortController();
    const pending = failure(repository.resolve('v1', { signal: first.signal }));
    await until(() => authenticated(server.requests).length === 1);
    const waiting = failure(repository.resolve('v1', { signal: second.signal }));
    second.abort();
    expect(await waiting).toMatchObject({ code: 'ERR_ABORTED' });
    first.abort();
    expect(await pending).toMatchObject({ code: 'ERR_ABORTED' });
  });
});
