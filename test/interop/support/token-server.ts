import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';

export const SERVICE = 'interop registry';
const ISSUER = 'interop tokens';
const SECONDS = 300;

/** A user, a refresh token in place of the password, and the allowed actions by repository. */
export interface TokenUser {
  username: string;
  password: string;
  refreshToken: string;
  /** The longest actions by repository, such as `pull,push`. */
  allowed: Readonly<Record<string, string>>;
}

/** A request for a token: the method, and the scopes. */
export interface TokenRequest {
  method: string;
  scopes: readonly string[];
}

/**
 * A token server as docker-registry trusts one: it gives JSON Web Tokens that it signs, with the scopes that the user
 * may have (the distribution project's "Token Authentication Specification").
 */
export class TokenServer {
  readonly seen: TokenRequest[] = [];
  readonly #server: Server;
  readonly #certificate: TestCertificate;
  readonly #user: TokenUser;

  private constructor(user: TokenUser, certificate: TestCertificate) {
    this.#user = user;
    this.#certificate = certificate;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  static async start(user: TokenUser): Promise<TokenServer> {
    const tokens = new TokenServer(
      user,
      await generateTestCertificate({ name: 'tokens', keySpec: 'EC-256' }),
    );
    await new Promise<void>((resolve) => tokens.#server.listen(0, '127.0.0.1', resolve));
    return tokens;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The member `auth` of the configuration of docker-registry. */
  async configuration(certificateFile: string): Promise<Record<string, unknown>> {
    await writeFile(certificateFile, this.#certificate.root);
    const { port } = this.#server.address() as AddressInfo;
    const realm = `http://127.0.0.1:${port}/token`;
    return { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificateFile } };
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { searchParams } = new URL(request.url ?? '/', 'http://tokens');
    const form = new URLSearchParams(await textOf(request));
    const posted = request.method === 'POST';
    const scopes = posted ? (form.get('scope') ?? '').split(' ') : searchParams.getAll('scope');
    this.seen.push({ method: request.method ?? '', scopes });
    const { username, password, refreshToken } = this.#user;
    const pair = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const known = posted
      ? form.get('refresh_token') === refreshToken
      : request.headers.authorization === pair;
    if (!known) return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    return { status: 200, body: { token: this.#token(scopes), expires_in: SECONDS } };
  }

  #token(scopes: readonly string[]): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.flatMap((scope) => {
      const [type, name = '', actions = ''] = scope.split(':');
      const allowed = (this.#user.allowed[name] ?? '').split(',');
      return [{ type, name, actions: actions.split(',').filter((action) => allowed.includes(action)) }];
    });
    const times = { iat: now, nbf: now - 10, exp: now + SECONDS };
    const claims = {
      iss: ISSUER,
      sub: this.#user.username,
      aud: SERVICE,
      jti: randomUUID(),
      ...times,
      access,
    };
    const der = this.#certificate.root.replace(/-----[^-]+-----|\s/g, '');
    const signed = [{ typ: 'JWT', alg: 'ES256', x5c: [der] }, claims].map(encode).join('.');
    const key = { key: createPrivateKey(this.#certificate.privateKey), dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
