import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendByFetch } from '../../src/net/send.ts';

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

interface Dispatcher {
  dispatch(options: { method: string; reset?: boolean }, handler: unknown): boolean;
}

/** Sends a request by the fetch of Node; returns what its dispatcher gets. */
async function dispatched(method: string) {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // The dispatcher is there once fetch has been called.
  await fetch(url);
  const global = globalThis as unknown as { [DISPATCHER]: Dispatcher };
  const own = global[DISPATCHER];
  const seen: object[] = [];
  const dispatch: Dispatcher['dispatch'] = (options, handler) => {
    seen.push({ method: options.method, reset: options.reset });
    return own.dispatch(options, handler);
  };
  global[DISPATCHER] = { dispatch };
  onTestFinished(() => {
    global[DISPATCHER] = own;
  });
  const signal = new AbortController().signal;
  const { status } = await sendByFetch(url, { method, headers: {}, body: null, signal, redirect: 'manual' });
  expect(status).toBe(200);
  return seen;
}

describe('a request by the fetch of Node', () => {
  it('keeps the connection open after a HEAD', async () => {
    expect(await dispatched('HEAD')).toContainEqual({ method: 'HEAD', reset: false });
  });
});
