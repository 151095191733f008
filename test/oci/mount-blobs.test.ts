import { describe, expect, it } from 'vitest';
import { json } from '../support/registry-server.ts';
import { accounts, credentialsFor } from './accounts.ts';
import { NAME, open, start, utf8 } from './support.ts';

const SOURCE = 'base/app';

describe('a blob of another repository', () => {
  it('is mounted with a token for both repositories if the registry requires it', async () => {
    const server = await start({ accounts: accounts() });
    const blob = utf8('shared');
    const repository = open(server, { credentials: credentialsFor(server) });
    const first = await repository.pushBlob('text/plain', blob);
    server.repository(SOURCE).blobs.set(first.digest, Buffer.from(blob));
    server.repository(NAME).blobs.delete(first.digest);
    const scope = `repository:${NAME}:pull,push repository:${SOURCE}:pull`;
    server.switches.intercept = ({ url, authorization = '' }, response) => {
      const scopes = server.tokens.get(authorization.replace('Bearer ', '')) ?? [];
      if (!url.searchParams.has('mount') || scopes.includes(`repository:${SOURCE}:pull`)) return false;
      const realm = `http://${server.host}/token`;
      response.setHeader(
        'www-authenticate',
        `Bearer scope="${scope}", service="registry" , realm="${realm}"`,
      );
      json(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
      return true;
    };
    await repository.pushBlob('text/plain', blob, { mountFrom: SOURCE });
    expect(server.repository(NAME).blobs.has(first.digest)).toBe(true);
    expect([...server.tokens.values()].at(-1)).toEqual(scope.split(' '));
    const mounts = server.requests.filter(({ url }) => url.searchParams.has('mount'));
    expect(mounts).toHaveLength(2);
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });
});
