// A proxy in front of a registry: it counts requests, and delays each.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export async function startProxy(target) {
  const proxy = { host: '', delay: 0, requests: 0, inSequence: 0, reset, stop };
  let open = 0;
  const server = createServer((incoming, outgoing) => {
    proxy.requests += 1;
    // A request that starts while no other is open had to wait for the earlier ones.
    if (open++ === 0) proxy.inSequence += 1;
    outgoing.on('close', () => {
      open -= 1;
    });
    setTimeout(() => forward(target, incoming, outgoing), proxy.delay);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.host = `127.0.0.1:${server.address().port}`;
  return proxy;

  function reset() {
    Object.assign(proxy, { requests: 0, inSequence: 0 });
  }

  function stop() {
    server.close();
    server.closeAllConnections();
  }
}

/** The Host header is kept, so that the registry returns URLs of the proxy. */
function forward(target, incoming, outgoing) {
  const { method, url: path, headers } = incoming;
  const [host, port] = target.split(':');
  const sent = request({ host, port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  incoming.pipe(sent);
}
