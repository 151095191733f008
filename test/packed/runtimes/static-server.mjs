import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const MEDIA_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
};

/** Listens on a free port of the loopback interface. `answer` gives `{ status, headers, body }` for a path. */
export async function serve(answer) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const { status = 200, headers = {}, body = '' } = (await answer(pathname)) ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, close };
}

/** The file of a directory that a path leads to; nothing if there is none. */
export async function fileOf(directory, pathname) {
  try {
    const body = await readFile(join(directory, normalize(decodeURIComponent(pathname))));
    return {
      headers: { 'content-type': MEDIA_TYPES[extname(pathname)] ?? 'application/octet-stream' },
      body,
    };
  } catch {
    return undefined;
  }
}
