// Passes TCP connections on to another server, and counts them.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A server in front of another one: `host:port`. */
export async function startCounter(target) {
  const [host, port] = target.split(':');
  const open = new Set();
  let connections = 0;
  const server = createServer({ noDelay: true }, (incoming) => {
    connections += 1;
    const outgoing = connect({ host, port: Number(port), noDelay: true });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ]) {
      open.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.end();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${server.address().port}`,
    /** The connections since the last call. */
    take() {
      const taken = connections;
      connections = 0;
      return taken;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
