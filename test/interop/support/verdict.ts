import type { Descriptor, ErrorCode, Repository, VerificationReport } from '../../../src/index.ts';
import { evaluate, isNotationError, type NotationError } from '../../../src/index.ts';
import { createFileTrustStore, loadTrustPolicy } from '../../../src/node/index.ts';
import type { CheckName } from '../../../src/verifier/index.ts';
import type { NotationCli } from './notation-cli.ts';
import type { StoredArtifact, StoreName } from './stores.ts';

export type Verdict = 'verified' | 'rejected' | 'skipped';

/** Both sides reach the same verdict, or differ by a row of `docs/interop.md`. */
export type Expectation =
  | Verdict
  | {
      cli: Verdict;
      here: Verdict;
      /** The id of the row that names the rule. */
      row: string;
      /**
       * Set if the specification requires the artifact to be accepted and the CLI rejects it. Without it, only
       * notarykit may be the stricter one.
       */
      laxer?: true;
    };

/** The target of a push of a signature. */
export interface Target {
  artifact: Descriptor;
  repository: Repository;
  scope: string;
  /** The directory of an image layout. */
  layout?: string;
}

/** A case that both sides verify with the same files. */
export interface VerdictCase {
  /** A sentence. */
  name: string;
  expect: Expectation;
  /** The reason that the CLI gives; required for a rejection. */
  says?: RegExp;
  /** The code of the reason in notarykit; required for a rejection. */
  code?: ErrorCode;
  /** The checks that fail without deciding, on both sides. */
  logged?: readonly CheckName[];
  /** A registry without the referrers API by default: the order of its referrers is that of pushing. */
  store?: StoreName;
  /** `strict`, for the scope of the artifact, by the store `ca:acme` and any identity, by default. */
  policy?: (scope: string) => object | string;
  /** The named stores with their certificates in PEM, a file each; the root of {@link acme} by default. */
  trust?: Readonly<Record<string, readonly string[]>>;
  /** Changes the configuration that both sides read, at the end. */
  configure?: (cli: NotationCli) => Promise<void>;
  /** Pushes the signatures; a good one by default. */
  sign?: (target: Target) => Promise<unknown>;
  userMetadata?: Readonly<Record<string, string>>;
  maxSignatures?: number;
}

/** The verdict of one side, and its reason. */
export interface Decision {
  verdict: Verdict;
  logged: string[];
  /** The output of the CLI, or the code of notarykit. */
  reason: string;
  /** Of notarykit only. */
  report?: VerificationReport;
}

/** The verdict of the CLI. */
export async function verifyByCli(
  cli: NotationCli,
  artifact: StoredArtifact,
  { userMetadata = {}, maxSignatures }: VerdictCase,
): Promise<Decision> {
  const flags = Object.entries(userMetadata).flatMap(([key, value]) => [
    '--user-metadata',
    `${key}=${value}`,
  ]);
  if (maxSignatures !== undefined) flags.push('--max-signatures', String(maxSignatures));
  const { code, stdout, stderr } = await artifact.verify(cli, '--verbose', ...flags);
  const logged = [...stderr.matchAll(/^Warning: (\w+) was set to "log" and failed/gm)].map(([, name]) =>
    String(name),
  );
  if (code !== 0) return { verdict: 'rejected', logged, reason: complaints(stderr) };
  if (stdout.includes('skip signature verification')) return { verdict: 'skipped', logged, reason: stdout };
  if (stdout.includes('Successfully verified')) return { verdict: 'verified', logged, reason: stdout };
  throw new Error(`the CLI gave no verdict: ${stdout}${stderr}`);
}

/** The complaints of the CLI, without its progress messages. */
function complaints(stderr: string): string {
  const told = /^level=(info|debug)|^Warning: This feature is experimental/;
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !told.test(line))
    .join('\n');
}

/** The verdict of notarykit, with the configuration that the CLI reads. */
export async function verifyHere(
  cli: NotationCli,
  { reference, registry }: StoredArtifact,
  { userMetadata, maxSignatures }: VerdictCase,
): Promise<Decision> {
  const trustPolicy = await loadTrustPolicy({ configDirectory: cli.configDirectory }).catch(policyError);
  if (isNotationError(trustPolicy)) return { verdict: 'rejected', logged: [], reason: trustPolicy.code };
  const trustStore = createFileTrustStore({ configDirectory: cli.configDirectory });
  const report = await evaluate(reference, {
    registry,
    trustPolicy,
    trustStore,
    userMetadata,
    limits: { signatures: maxSignatures },
  });
  const last = report.outcome === 'verified' ? report.signatures.at(-1) : undefined;
  const failed = last?.checks.filter(({ result, action }) => result === 'failed' && action === 'log') ?? [];
  return {
    verdict: report.outcome,
    logged: failed.map(({ name }) => name),
    reason: report.reason?.code ?? '',
    report,
  };
}

/** A policy that is rejected is a verdict on the artifact; anything else that is thrown is not. */
function policyError(error: unknown): NotationError {
  const refusals: readonly ErrorCode[] = ['ERR_POLICY_INVALID', 'ERR_ENCODING_INVALID', 'ERR_LIMIT_EXCEEDED'];
  if (isNotationError(error) && refusals.includes(error.code)) return error;
  throw error;
}

/** The verdicts that a case expects. */
export function expectedVerdicts({ expect }: VerdictCase): { cli: Verdict; here: Verdict } {
  return typeof expect === 'string' ? { cli: expect, here: expect } : expect;
}

/** A trust policy with one statement: `strict`, by the store `ca:acme` and any identity, except for the given members. */
export function policy(scope: string, statement: Record<string, unknown> = {}): object {
  return { version: '1.0', trustPolicies: [statementFor(scope, statement)] };
}

/** One statement of {@link policy}. */
export function statementFor(scope: string, statement: Record<string, unknown> = {}): object {
  return {
    name: 'acme',
    registryScopes: [scope],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
    ...statement,
  };
}
