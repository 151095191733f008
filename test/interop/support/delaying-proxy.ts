import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy to a host that delays every byte. */
export interface DelayingProxy {
  /** Stands for the host. */
  host: string;
  close(): void;
}

/**
 * Starts a proxy in front of a host that delays requests and responses, each by half.
 * @param milliseconds - For a round trip.
 */
export async function startDelayingProxy(host: string, milliseconds: number): Promise<DelayingProxy> {
  const [name = '', port = ''] = host.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), name);
    const ends = [client, upstream] as const;
    for (const [from, to] of [ends, [upstream, client] as const]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => void setTimeout(() => to.write(bytes), milliseconds / 2));
      from.on('end', () => void setTimeout(() => to.end(), milliseconds / 2));
      from.on('error', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
