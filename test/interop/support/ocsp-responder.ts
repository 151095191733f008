import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { LoopbackHandler, LoopbackRequest } from './loopback-server.ts';
import { type OpensslOptions, openssl } from './openssl.ts';
import type { Issued, OpensslAuthority } from './openssl-authority.ts';
import { toolPath } from './tools.ts';

export interface ResponderOptions extends OpensslOptions {
  /** Whose key signs; the authority itself by default. */
  signer?: Issued;
  /** Further options of `openssl ocsp`, such as `-badsig`. */
  flags?: readonly string[];
  /** How long the response counts, as options of `openssl ocsp`; a day by default. */
  validity?: readonly string[];
}

/** Answers each request, GET or POST, by a run of `openssl ocsp` over the database of an authority. */
export function ocspResponder(
  authority: OpensslAuthority,
  { clock, ...options }: ResponderOptions = {},
): LoopbackHandler {
  return async (request) => {
    const file = authority.path(`ocsp-${randomBytes(6).toString('hex')}`);
    await writeFile(`${file}.req`, requestOf(request));
    await openssl(
      ['ocsp', ...argumentsOf(authority, options), '-reqin', `${file}.req`, '-respout', `${file}.resp`],
      { clock },
    );
    return {
      headers: { 'content-type': 'application/ocsp-response' },
      bytes: await readFile(`${file}.resp`),
    };
  };
}

/** The request in DER: the body, or in base64 below the path of the responder. */
function requestOf({ method, rest, body }: LoopbackRequest): Buffer {
  return method === 'POST' ? body : Buffer.from(decodeURIComponent(rest), 'base64');
}

function argumentsOf(
  authority: OpensslAuthority,
  { signer = authority.issued, flags = [], validity = ['-ndays', '1'] }: ResponderOptions,
): string[] {
  return [
    ...['-index', authority.path('index.txt'), '-CA', authority.issued.certificatePath],
    ...['-rsigner', signer.certificatePath, '-rkey', signer.keyPath, ...validity, ...flags],
  ];
}

/** `openssl ocsp` as a server of its own. */
export interface OcspServer {
  url: string;
  stop(): Promise<void>;
}

/** A port for {@link startOcspServer}: it must be in certificates before the database of the server is complete. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** Starts `openssl ocsp -port`, and waits until it accepts connections. */
export async function startOcspServer(
  authority: OpensslAuthority,
  port: number,
  options: ResponderOptions = {},
): Promise<OcspServer> {
  const args = ['ocsp', ...argumentsOf(authority, options), '-port', String(port), '-ignore_err'];
  const server = spawn(toolPath('openssl'), args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  await started(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => stopped(server) };
}

function started(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (/waiting for OCSP client connections|ACCEPT/.test(said)) resolve();
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.once('exit', () => reject(new Error(`openssl ocsp did not start: ${said}`)));
  });
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await ended;
}
