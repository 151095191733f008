import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { Output } from '../../src/cli/terminal.ts';
import { createRegistry } from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';

/** What a command line printed, and its exit code. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a command line is run. */
export interface RunOptions {
  stdin?: string;
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** The columns of the terminal that output and errors go to; a pipe by default. */
  columns?: number;
}

/** A machine with a configuration of notation and a registry of its own. */
export interface Machine {
  /** The directory of everything. */
  directory: string;
  /** The configuration of notation. */
  config: string;
  registry: RegistryServer;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Pushes an image to the registry, and returns its reference with a digest. */
  push(name?: string): Promise<string>;
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** Makes a machine, which is removed when the test ends. */
export async function createMachine(): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-command-'));
  const registry = await startRegistry();
  onTestFinished(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  const config = join(directory, 'notation');
  await mkdir(config);
  vi.stubEnv('NOTATION_CONFIG', config);
  vi.stubEnv('NOTATION_LIBEXEC', undefined);
  vi.stubEnv('DOCKER_CONFIG', join(directory, 'docker'));
  return {
    directory,
    config,
    registry,
    run: runCommand,
    async push(name = `${registry.host}/team/app`) {
      return (await pushImage(createRegistry(), name)).reference;
    },
    async write(name, content) {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    },
  };
}

let shared: Promise<TestCertificate> | undefined;

/** A key with a certificate for all tests. */
export function testKey(): Promise<TestCertificate> {
  shared ??= generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  return shared;
}

/** Makes a machine with a key in files that is trusted for all repositories, at a level. */
export async function createTrustingMachine(
  level = 'strict',
): Promise<Machine & { keyFlags: readonly string[] }> {
  const machine = await createMachine();
  const { privateKey, certificates, root } = await testKey();
  const [key, chain] = [
    await machine.write('release.key', privateKey),
    await machine.write('release.crt', certificates),
  ];
  const store = join(machine.config, 'truststore', 'x509', 'ca', 'acme');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'acme.crt'), root);
  const statement = {
    name: 'all',
    registryScopes: [level === 'skip' ? `${machine.registry.host}/team/app` : '*'],
    signatureVerification: { level },
    ...(level !== 'skip' && { trustStores: ['ca:acme'], trustedIdentities: ['*'] }),
  };
  const policy = { version: '1.0', trustPolicies: [statement] };
  await writeFile(join(machine.config, 'trustpolicy.json'), JSON.stringify(policy));
  return { ...machine, keyFlags: ['--key-file', key, '--cert-file', chain] };
}

async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin = '', env = {}, signal = new AbortController().signal, columns } = options;
  const [out, err] = [capture(columns), capture(columns)];
  const input = new PassThrough();
  input.end(stdin);
  const code = await run(args, {
    stdin: input,
    stdout: out.stream,
    stderr: err.stream,
    env: { ...process.env, ...env },
    signal,
  });
  return { code, stdout: out.text(), stderr: err.text() };
}

function capture(columns: number | undefined): { stream: Output; text: () => string } {
  const chunks: Buffer[] = [];
  const stream: Output = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (columns !== undefined)
    Object.assign(stream, { isTTY: true, columns, cursorTo() {}, clearLine() {}, moveCursor() {} });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
