import { parseDocument } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { Credential } from '../../oci/registry/credentials.ts';
import { type ProgramEnd, runProgram } from '../programs/run-program.ts';

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
  s.looseObject({ Username: s.string(), Secret: s.string() }),
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
 * @param timeout - Milliseconds after which the helper is killed, with all processes that it has started.
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
  const { code, signal, stdout } = await run(program, server, timeout);
  if (code !== 0) {
    if (NOT_FOUND.test(new TextDecoder().decode(stdout))) return undefined;
    throw failed(program, code === null ? `was killed by ${signal}` : `failed with exit code ${code}`);
  }
  const { Username: username, Secret: secret } = parseResponse(program, stdout);
  if (secret === '') return undefined;
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
}

function parseResponse(program: string, stdout: Uint8Array): { Username: string; Secret: string } {
  try {
    return parseDocument(responseSchema(), stdout, 'response of the helper', CODE);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its message and cause may quote a secret.
    throw failed(program, 'did not print a credential');
  }
}

async function run(program: string, server: string, timeout: number): Promise<ProgramEnd> {
  try {
    return await runProgram({
      program,
      command: 'get',
      input: server,
      timeout,
      maxOutput: MAX_OUTPUT,
      what: nameOf(program),
      codes: { start: CODE, output: CODE },
    });
  } catch (cause) {
    if (isNotationError(cause, 'ERR_TIMEOUT')) throw new NotationError(CODE, cause.message, { cause });
    throw cause;
  }
}

function nameOf(program: string): string {
  return `the credential helper ${program}`;
}

function failed(program: string, reason: string): NotationError {
  return new NotationError(CODE, `${nameOf(program)} ${reason}`);
}
