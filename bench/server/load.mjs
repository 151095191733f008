// Sends requests with envelopes to a server, a fixed number at a time, and prints how long they took.
//   node bench/server/load.mjs <host:port> <file> <seconds> <concurrency>
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { argv } from 'node:process';
import { decode } from '../peers/decode.mjs';

const [host, file, seconds, concurrency] = argv.slice(2);
const [hostname, port] = host.split(':');
const bodies = JSON.parse(readFileSync(file, 'utf8')).envelopes.map(({ bytes }) => decode(bytes));
const agent = new Agent({ keepAlive: true, maxSockets: Number(concurrency) });
const times = [];
const start = performance.now();
const end = start + Number(seconds) * 1000;
let next = 0;

await Promise.all(Array.from({ length: Number(concurrency) }, client));
const elapsed = (performance.now() - start) / 1000;
agent.destroy();
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(Math.floor(share * times.length), times.length - 1)];
console.log(
  JSON.stringify({ requests: times.length, perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99) }),
);

async function client() {
  while (performance.now() < end) {
    const number = next++ % bodies.length;
    const sent = performance.now();
    const said = await send(number);
    if (said !== 'verified') throw new Error(`the server said ${said.slice(0, 200)}`);
    times.push(performance.now() - sent);
  }
}

function send(number) {
  const headers = { 'content-length': bodies[number].length };
  const options = { agent, hostname, port, path: `/${number}`, method: 'POST', headers, timeout: 30_000 };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('the server does not answer')));
    sent.on('error', reject);
    sent.end(bodies[number]);
  });
}
