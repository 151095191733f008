import { describe, expect, it } from 'vitest';
import { json } from '../support/registry-server.ts';
import { connect, failure, INDEX, image, NAME, notes } from './support.ts';

describe('hostile pages of referrers', () => {
  it.each(['http://localhost:1/v2/', '//localhost/v2/', 'file:///etc/hostname', 'http://user@127.0.0.1/'])(
    'do not lead to %s',
    async (address) => {
      const { server, repository } = await connect();
      const subject = server.put(NAME, image());
      server.switches.intercept = (_, response) => {
        response.setHeader('link', `<${address}>; rel="next"`);
        return false;
      };
      expect(await failure(notes(repository, subject))).toMatchObject({
        code: 'ERR_REGISTRY_RESPONSE',
        message: expect.stringContaining('next page of referrers at another origin'),
      });
    },
  );

  it('end when they lead to themselves', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = ({ url }, response) => {
      response.setHeader('link', `<${url.pathname}?again>; rel="next"`);
      return false;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    expect(server.requests.length).toBeLessThan(4);
  });

  it('end when there are too many', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = ({ url }, response) => {
      response.setHeader('link', `<${url.pathname}?${server.requests.length}>; rel="next"`);
      json(response, 200, { schemaVersion: 2, manifests: [] }, INDEX);
      return true;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    expect(server.requests.length).toBeLessThanOrEqual(1001);
  });

  it('end when they list too many', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      json(response, 200, { schemaVersion: 2, manifests: new Array(100_001).fill(0) }, INDEX);
      return true;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('without end'),
    });
  });

  it('are no larger than 4 MiB', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      json(response, 200, { schemaVersion: 2, manifests: [], padding: 'x'.repeat(4 * 1024 * 1024) }, INDEX);
      return true;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('page of referrers'),
    });
  });

  it.each(['', '{', '[]', '{"manifests":{}}', '{"manifests":[],"manifests":[]}', '\u0000'])(
    'are rejected when their body is %j',
    async (body) => {
      const { server, repository } = await connect();
      const subject = server.put(NAME, image());
      server.switches.intercept = (_, response) => {
        response.writeHead(200, { 'content-type': INDEX }).end(body);
        return true;
      };
      expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    },
  );
});
