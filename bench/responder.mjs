// Answers requests for OCSP responses and CRLs over loopback.
import { once } from 'node:events';
import { createServer } from 'node:http';

export async function startResponder() {
  const bodies = new Map();
  const server = createServer((request, response) => {
    request.resume();
    const [, body] =
      [...bodies].find(([path]) => request.url === path || request.url.startsWith(`${path}/`)) ?? [];
    response.writeHead(body ? 200 : 404, { 'content-length': body?.length ?? 0 }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    answer: (path, body) => bodies.set(path, body),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
