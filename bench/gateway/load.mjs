// Pulls manifests one after the other over one connection.
import { Agent, request } from 'node:http';

/** The Accept header of a client of today. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Returns a function that pulls a manifest by its path, and the milliseconds that it took. */
export function createClient(host) {
  const [hostname, port] = host.split(':');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (path) =>
    new Promise((resolve, reject) => {
      const options = { agent, hostname, port, path, headers: { accept: ACCEPT }, timeout: 30_000 };
      const sent = request(options, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`${host} does not answer`)));
      sent.on('error', reject);
      sent.end();
    });
  return {
    async pull(path) {
      const start = performance.now();
      const { status, body } = await send(path);
      const ms = performance.now() - start;
      if (status !== 200) throw new Error(`${path} got ${status} ${body.toString().slice(0, 300)}`);
      return ms;
    },
    close: () => agent.destroy(),
  };
}
