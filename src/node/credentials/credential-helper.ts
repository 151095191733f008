import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import { lazy } from '../../encoding/lazy.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { Credential } from '../../oci/registry/credentials.ts';

const CODE = 'ERR_REGISTRY_UNAUTHORIZED';
const PREFIX = 'docker-credential-';
/** Characters that are not special to any file system or shell. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MAX_OUTPUT = 1024 * 1024;
/** The user name of a secret that is an identity token. */
const TOKEN_USER = '<token>';
/** The message of a helper that has no credential for a server; there is no other sign of it. */
const NOT_FOUND = /credentials not found/i;

const responseSchema = /* @__PURE__ */ lazy(() =>
  z.looseObject({ Username: z.string(), Secret: z.string() }),
);

/** Reports whether a string can follow `docker-credential-` in the name of a helper. */
export function isHelperName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Queries a credential helper of Docker: a program `docker-credential-<name>` that reads the URL of a server and prints
 * the credential for it.
 *
 * @param name - The name of the helper, without `docker-credential-`.
 * @param server - The server, as Docker names it.
 * @param timeout - Milliseconds after which the helper is killed.
 * @returns The credential; `undefined` if the helper has none.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`; it does not contain what the helper printed
 * @see https://github.com/docker/docker-credential-helpers, "Development"
 */
export async function queryCredentialHelper(
  name: string,
  server: string,
  timeout: number,
): Promise<Credential | undefined> {
  if (!isHelperName(name)) throw new NotationError(CODE, `invalid credential helper name ${quote(name)}`);
  const program = PREFIX + name;
  const { code, output } = await run(program, server, timeout);
  if (code !== 0) {
    if (NOT_FOUND.test(output)) return undefined;
    throw failed(program, `failed with exit code ${code}`);
  }
  const { Username: username, Secret: secret } = parseResponse(program, output);
  if (secret === '') return undefined;
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
}

function parseResponse(program: string, output: string): { Username: string; Secret: string } {
  try {
    const bytes = new TextEncoder().encode(output);
    return parseDocument(responseSchema(), bytes, 'response of the helper', CODE);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its message and cause may quote a secret.
    throw failed(program, 'did not print a credential');
  }
}

/** Runs a program without a shell. Kills it if it takes too long or prints too much. */
function run(program: string, input: string, timeout: number): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const helper = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const stop = (reason: string) => {
      clearTimeout(timer);
      helper.kill('SIGKILL');
      reject(failed(program, reason));
    };
    const timer = setTimeout(() => stop(`took longer than ${timeout} ms`), timeout);
    const chunks: Buffer[] = [];
    let length = 0;
    helper.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT) stop(`printed more than ${MAX_OUTPUT} bytes`);
      else chunks.push(chunk);
    });
    helper.on('error', ({ code }: NodeJS.ErrnoException) =>
      stop(code === 'ENOENT' ? 'is not installed' : `cannot be run (${code ?? 'unknown'})`),
    );
    helper.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper may exit without reading its input; its exit code and output decide.
    helper.stdin.on('error', () => undefined);
    helper.stdin.end(input);
  });
}

function failed(program: string, reason: string): NotationError {
  return new NotationError(CODE, `the credential helper ${program} ${reason}`);
}
