import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import type { Credential } from '../../oci/registry/credentials.ts';

const PREFIX = 'docker-credential-';
/** Letters that no file system and no shell takes for anything else. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MAX_OUTPUT = 1024 * 1024;
/** As the user name it says that the secret is an identity token. */
const TOKEN_USER = '<token>';
/** What helpers print where there is nothing for a server; they have no other way to say it. */
const NOT_FOUND = /credentials not found/i;

const replySchema = /* @__PURE__ */ once(() => z.looseObject({ Username: z.string(), Secret: z.string() }));

/**
 * Asks a credential helper of Docker: a program `docker-credential-<name>` that is given the address of a server and
 * prints what it keeps for it.
 *
 * @param name - What follows `docker-credential-`.
 * @param server - The address as Docker knows it.
 * @param timeout - Milliseconds; the helper is ended then.
 * @returns The credential, or nothing where the helper has none.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`; it does not tell what the helper printed
 * @see https://github.com/docker/docker-credential-helpers, "Development"
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  timeout: number,
): Promise<Credential | undefined> {
  if (!NAME.test(name)) throw failed(JSON.stringify(name.slice(0, 80)), 'has a name that is none');
  const program = PREFIX + name;
  const { code, output } = await run(program, server, timeout);
  if (code !== 0) {
    if (NOT_FOUND.test(output)) return undefined;
    throw failed(program, `fails with the exit code ${code}`);
  }
  const reply = parseReply(program, output);
  if (reply.Secret === '') return undefined;
  return reply.Username === TOKEN_USER
    ? { identityToken: reply.Secret }
    : { username: reply.Username, password: reply.Secret };
}

function parseReply(program: string, output: string): { Username: string; Secret: string } {
  try {
    const bytes = new TextEncoder().encode(output);
    return parseDocument(replySchema(), bytes, 'reply of the helper', 'ERR_REGISTRY_UNAUTHORIZED');
  } catch {
    // What was wrong with it is not said, nor kept: that would show it.
    throw failed(program, 'prints something else than a credential');
  }
}

/** Runs a program without a shell, and gives up when it takes too long or prints too much. */
function run(program: string, input: string, timeout: number): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const helper = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const stop = (reason: string) => {
      clearTimeout(timer);
      helper.kill('SIGKILL');
      reject(failed(program, reason));
    };
    const timer = setTimeout(() => stop(`takes more than ${timeout} ms`), timeout);
    const chunks: Buffer[] = [];
    let length = 0;
    helper.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT) stop('prints too much');
      else chunks.push(chunk);
    });
    helper.on('error', ({ code }: NodeJS.ErrnoException) =>
      stop(code === 'ENOENT' ? 'is not installed' : `cannot be run (${code ?? 'unknown'})`),
    );
    helper.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper may end without reading.
    helper.stdin.on('error', () => undefined);
    helper.stdin.end(input);
  });
}

function failed(program: string, reason: string): NotationError {
  return new NotationError('ERR_REGISTRY_UNAUTHORIZED', `the credential helper ${program} ${reason}`);
}
