import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { advised, nextStepOf, REPLACED_STEPS } from '../../src/cli/next-step.ts';
import { type ErrorCode, errorCodes, NotationError } from '../../src/errors/index.ts';
import type { VerificationReport } from '../../src/verifier/report.ts';
import { createTrustingMachine } from './machine.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** Functions and options of the library, as advice names them. */
const LIBRARY = /\b[a-z]+[A-Z]\w*\(?|\blimits\.|`|^Pass /;

/** Commands, and fields of a trust policy and of a CRL, which are not of the library. */
const OTHERS =
  /`(?:notarykit|docker) [^`]*`|trustedIdentities|registryScopes|globalPolicy|expiredCertsOnCRL/g;

/** What the command is never without. */
const IMPOSSIBLE: readonly string[] = ['ERR_TIMESTAMP_UNSUPPORTED', 'ERR_REVOCATION_UNSUPPORTED'];

describe('the next step of the command', () => {
  it.each((Object.keys(errorCodes) as ErrorCode[]).filter((code) => !IMPOSSIBLE.includes(code)))(
    'names no function or option of the library for %s',
    (code) => {
      const step = nextStepOf({ code, message: '', nextStep: errorCodes[code] });
      expect(step.replace(OTHERS, '')).not.toMatch(LIBRARY);
    },
  );

  it('replaces only steps that the library has', async () => {
    const files = (await readdir(SOURCE, { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('cli'),
    );
    const text = (await Promise.all(files.map((name) => readFile(join(SOURCE, name), 'utf8')))).join('\n');
    for (const [step, ours] of Object.entries(REPLACED_STEPS)) {
      expect(text).toContain(step);
      expect(step).toMatch(LIBRARY);
      expect(ours.replace(OTHERS, '')).not.toMatch(LIBRARY);
    }
  });

  it('keeps the advice that an error has of its own', () => {
    const nextStep = 'Check the origin of the file; split it if you trust it.';
    expect(nextStepOf({ code: 'ERR_LIMIT_EXCEEDED', message: '', nextStep })).toBe(nextStep);
  });

  it('keeps the class, the code and the message of an error', () => {
    const cause = new Error('the cause');
    const error = new NotationError('ERR_ABORTED', 'it was stopped', { cause });
    const result = advised({ reference: 'registry.example.com/app:v1', error });
    expect(result.error).toBeInstanceOf(NotationError);
    expect(result.error).toMatchObject({ code: 'ERR_ABORTED', message: 'it was stopped', cause });
    expect(result.error?.nextStep).toBe('Run the command again.');
  });

  it('is in the verdicts for programs as well', async () => {
    const { run, push } = await createTrustingMachine();
    const { stdout } = await run(['verify', '-o', 'json', await push()]);
    const { results } = JSON.parse(stdout) as { results: { report: VerificationReport }[] };
    expect(results[0]?.report.reason?.nextStep).toContain('`notarykit sign`');
    expect(stdout).not.toContain('copySignatures');
  });

  it('is in the checks and signatures of a verdict for programs', async () => {
    const { run, push, keyFlags, write, config } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    await run(['cert', 'generate-test', 'other.example']);
    const other = join(config, 'localkeys', 'other.example.crt');
    await write('notation/truststore/x509/ca/acme/acme.crt', await readFile(other));
    const { code, stdout } = await run(['verify', '-o', 'json', reference]);
    expect(code).toBe(1);
    const { results } = JSON.parse(stdout) as { results: { report: VerificationReport }[] };
    const [signature] = results[0]?.report.signatures ?? [];
    const failed = signature?.checks.find(({ result }) => result === 'failed');
    for (const reason of [signature?.reason, failed?.reason]) {
      expect(reason).toMatchObject({
        code: 'ERR_ROOT_UNTRUSTED',
        nextStep: expect.stringContaining('`notarykit cert add`'),
      });
    }
  });
});
