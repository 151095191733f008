import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { extensions, forgeCertificate } from '../../support/forge.ts';
import { toolPath } from '../support/tools.ts';

const EXAMPLE = fileURLToPath(
  new URL('../../../examples/kubernetes/constraint-template.yaml', import.meta.url),
);
/** The address 127.0.0.1 as the one alternative name. */
const NAMES = Uint8Array.of(0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1);

/** What the program answers a line with. */
export interface Outcome {
  violations?: string[];
  response?: {
    uid: string;
    allowed: boolean;
    patchType?: string;
    status?: { code: number; message: string };
  };
  patched?: unknown;
  error?: string;
}

/** How Gatekeeper is configured, besides the template and the constraint of the examples. */
export interface GatekeeperOptions {
  cacheSeconds?: number;
  timeout?: number;
  /** Whether it presents its certificate; it does by default. */
  clientCertificate?: boolean;
  url?: string;
}

/** Authorities of the provider and of Gatekeeper, with a certificate of each. */
export interface Certificates {
  directory: string;
  authority: string;
  server: { cert: string; key: string };
  clientAuthority: string;
  client: { certificate: string; key: string };
  dispose(): Promise<void>;
}

export async function createCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-gatekeeper-'));
  const issue = (name: string) => {
    const authority = forgeCertificate({
      subject: `${name} authority`,
      extensions: [extensions.basicConstraints({ ca: true })],
    });
    const issued = forgeCertificate({
      subject: name,
      issuer: authority,
      extensions: [extensions.of('2.5.29.17', NAMES)],
    });
    return { authority, issued };
  };
  const [provider, gatekeeper] = [issue('provider'), issue('gatekeeper')];
  const client = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
  await writeFile(client.certificate, gatekeeper.issued.pem);
  await writeFile(client.key, gatekeeper.issued.privateKey, { mode: 0o600 });
  return {
    directory,
    authority: provider.authority.pem,
    server: { cert: provider.issued.pem, key: provider.issued.privateKey },
    clientAuthority: gatekeeper.authority.pem,
    client,
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A provider over TLS 1.3 that requires the certificate of Gatekeeper. */
export class ProviderServer {
  /** What answers; a test sets it. */
  handler: (request: Request) => Promise<Response> = async () => new Response(null, { status: 404 });
  requests = 0;
  readonly #server: Server;

  private constructor({ server, clientAuthority }: Certificates) {
    const options = {
      ...server,
      ca: clientAuthority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    } as const;
    this.#server = createServer(options, (message, response) => {
      this.requests++;
      const request = new Request(this.url, {
        method: message.method ?? 'POST',
        headers: message.headers as Record<string, string>,
        body: Readable.toWeb(message) as ReadableStream<Uint8Array>,
        duplex: 'half',
      } as RequestInit);
      this.handler(request)
        .then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers));
          response.end(new Uint8Array(await answer.arrayBuffer()));
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(certificates: Certificates): Promise<ProviderServer> {
    const provider = new ProviderServer(certificates);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/gatekeeper/validate`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The libraries of Gatekeeper, which decide by the constraint template of the examples. */
export class Gatekeeper {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #certificates: Certificates;

  constructor(certificates: Certificates) {
    this.#certificates = certificates;
    this.#process = spawn(toolPath('gatekeeper'), { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#process.stdout) throw new Error('gatekeeper has no output');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async send(line: object): Promise<Outcome> {
    this.#process.stdin?.write(`${JSON.stringify(line)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('gatekeeper has ended');
    return JSON.parse(value) as Outcome;
  }

  /** Configures it anew: what it kept is forgotten. */
  async configure(url: string, options: GatekeeperOptions = {}): Promise<void> {
    const [template, constraint] = parseAllDocuments(await readFile(EXAMPLE, 'utf8')).map((document) =>
      document.toJS(),
    );
    const { authority, client } = this.#certificates;
    const { error } = await this.send({
      setup: {
        template,
        constraint,
        provider: {
          name: 'notarykit',
          url: options.url ?? url,
          timeout: options.timeout ?? 3,
          caBundle: Buffer.from(authority).toString('base64'),
        },
        ...(options.clientCertificate !== false && client),
        cacheSeconds: options.cacheSeconds ?? 0,
      },
    });
    if (error !== undefined) throw new Error(error);
  }

  /** Reviews an admission request; no violation means that the object is admitted. */
  async review(request: unknown): Promise<string[]> {
    const { violations = [], error } = await this.send({ review: request });
    if (error !== undefined) throw new Error(error);
    return violations;
  }

  stop(): void {
    this.#process.stdin?.end();
    this.#process.kill();
  }
}

/** Returns a port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await new Promise<void>((resolve) => connect(port, '127.0.0.1').once('error', () => resolve()));
  return port;
}
