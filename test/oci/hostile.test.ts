import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answering, BLOB, blob, fetchBlob, MIB, manifest, OTHER, pour } from './hostile.ts';
import { bytesOf, connect, failure, INDEX, image, MANIFEST, NAME, notes, open, start } from './support.ts';

describe('a registry that lies', () => {
  it('about the digest of a manifest is detected when it is resolved', async () => {
    const { server, repository } = await connect();
    const { digest } = server.put(NAME, image());
    server
      .repository(NAME)
      .manifests.set(OTHER, { mediaType: MANIFEST, bytes: Buffer.from(bytesOf(image())) });
    server.switches.intercept = ({ method }, response) => {
      if (method === 'HEAD') {
        response.writeHead(200, {
          'content-type': MANIFEST,
          'content-length': '9',
          'docker-content-digest': digest,
        });
        response.end();
      }
      return method === 'HEAD';
    };
    expect(await failure(repository.resolve(OTHER))).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining(OTHER),
    });
  });

  it('about the digest of a manifest is detected when it is read to be resolved', async () => {
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': MANIFEST }).end('{}');
    });
    expect(await failure(repository.resolve(OTHER))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('in its digest header is detected', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      const headers = { 'content-type': MANIFEST, 'docker-content-digest': OTHER };
      response.writeHead(method === 'HEAD' ? 405 : 200, headers).end('{}');
      return true;
    };
    expect(await failure(repository.resolve('v1'))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it.each([
    ['other bytes of the same size', Buffer.alloc(BLOB.length), 'have another digest'],
    ['fewer bytes', Buffer.from('the'), 'has only 3'],
    ['more bytes', Buffer.alloc(100), 'has more'],
    ['no bytes', Buffer.alloc(0), 'has only 0'],
  ])('about a blob is detected: %s', async (_, bytes, reason) => {
    const repository = await answering((response) => void response.writeHead(200).end(bytes));
    const error = await failure(fetchBlob(repository));
    expect(error).toMatchObject({ code: 'ERR_CONTENT_MISMATCH', message: expect.stringContaining(reason) });
    expect(error.message).toContain(blob.digest);
  });

  it('about the bytes of a manifest is detected', async () => {
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': MANIFEST }).end(JSON.stringify(image('other')));
    });
    expect(await failure(repository.fetchManifest(manifest))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it.each(['text/html', '', INDEX])('about the type of a manifest is detected: %j', async (type) => {
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': type }).end(JSON.stringify(image()));
    });
    expect(await failure(repository.fetchManifest(manifest))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('by returning a page of a proxy instead of a manifest is named in the error', async () => {
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    });
    expect(await failure(repository.resolve('v1'))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('"text/html" to the request for a manifest'),
    });
  });
});

describe('a response without end', () => {
  it('is cut off at the size of a blob', async () => {
    let sent: Promise<number> | undefined;
    const repository = await answering((response) => {
      sent = pour(response);
    });
    expect(await failure(fetchBlob(repository))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    expect(await sent).toBeLessThan(16 * MIB);
  });

  it('is cut off at the size of a manifest', async () => {
    let sent: Promise<number> | undefined;
    const repository = await answering((response) => {
      sent = pour(response, { 'content-type': MANIFEST });
    });
    expect(await failure(repository.fetchManifest(manifest))).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    expect(await sent).toBeLessThan(16 * MIB);
  });

  it('is cut off at 4 MiB for a manifest', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'HEAD') response.writeHead(405).end();
      else pour(response, { 'content-type': MANIFEST });
      return true;
    };
    expect(await failure(repository.resolve('v1'))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('the manifest is larger than 4194304 bytes'),
    });
  });

  it('is cut off for a list of referrers', async () => {
    const repository = await answering((response) => void pour(response, { 'content-type': INDEX }));
    expect(await failure(notes(repository, manifest))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it('is cut off if it explains a failure', async () => {
    const repository = await answering((response) => {
      response.writeHead(400);
      for (let i = 0; i < 100; i++) response.write(Buffer.alloc(64 * 1024, 0x20));
    });
    expect(await failure(fetchBlob(repository))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
  });

  it('is cut off at its size once decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': INDEX, 'content-encoding': 'gzip' }).end(bomb);
    });
    expect(await failure(notes(repository, manifest))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it('of a token server is cut off', async () => {
    const server = await start({ accounts: { scheme: 'bearer', username: 'a', password: 'secret' } });
    server.switches.intercept = ({ path }, response) => {
      if (path.startsWith('/token')) pour(response);
      return path.startsWith('/token');
    };
    expect(await failure(open(server).resolve('v1'))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('token server'),
    });
  });
});
