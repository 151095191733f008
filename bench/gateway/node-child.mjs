// Serves a worker in a Node of its own: prints its address, then the CPU time that it has used for each line of its input.
//   node bench/gateway/node-child.mjs plain|gateway <settings as JSON>
import { createServer } from 'node:http';
import { argv, cpuUsage, stdin } from 'node:process';
import { createInterface } from 'node:readline';

const [, , name, settings] = argv;
const makers = {
  plain: async () => (await import('./plain-worker.mjs')).createPlainWorker,
  gateway: async () => (await import('./gateway-worker.mjs')).createGatewayWorker,
};
const worker = (await makers[name]())(JSON.parse(settings));
const server = createServer(answer).listen(0, '127.0.0.1', () => {
  console.log(`127.0.0.1:${server.address().port}`);
});
for await (const _ of createInterface({ input: stdin })) {
  const { user, system } = cpuUsage();
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000 }));
}
server.closeAllConnections();
server.close();

async function answer({ url, method, headers }, outgoing) {
  const response = await worker.fetch(new Request(`http://${headers.host}${url}`, { method, headers }));
  // `fetch` has decoded the body.
  const kept = [...response.headers].filter(([key]) => !/^(?:content-encoding|transfer-encoding)$/.test(key));
  outgoing.writeHead(response.status, Object.fromEntries(kept));
  if (response.body) for await (const chunk of response.body) outgoing.write(chunk);
  outgoing.end();
}
