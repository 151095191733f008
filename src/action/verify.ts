import process from 'node:process';
import { evaluateFile } from '../cli/commands/blob-verify.ts';
import { DEFAULT_TAG, FILES_FLAGS } from '../cli/commands/check.ts';
import { evaluateAll, inOrder, type PlacedEvaluation } from '../cli/evaluation.ts';
import type { Flags, Values } from '../cli/flags.ts';
import { findImagesIn, parsedReferences, withoutImages } from '../cli/options/images.ts';
import { readTarget } from '../cli/options/registry.ts';
import { VERIFICATION_FLAGS } from '../cli/options/verification.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { statusOf } from '../node/files/read-file.ts';
import type { NotationConfig } from '../node/notation-config.ts';
import { formatReference } from '../oci/reference.ts';
import { formatLine } from '../report/format-line.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { createVerifier } from '../verify.ts';
import { CREDENTIAL_FLAGS, registryOptionsOf } from './credentials.ts';
import { findBlobs, findFiles } from './find-files.ts';
import { createJobIdentity } from './identity/identity.ts';
import { IDENTITY_FLAGS } from './identity/identity-flags.ts';
import { collectInputs, IGNORED_FLAGS } from './inputs.ts';
import { reportEvaluations } from './report-evaluations.ts';
import { type Runner, runStep } from './runner.ts';
import { openTrust, TRUST_FLAGS } from './trust.ts';

/** The inputs. */
export const VERIFY_INPUTS = {
  'target-artifact-reference': { kind: 'list', value: 'reference', summary: 'images to verify' },
  files: {
    kind: 'list',
    value: 'pattern',
    summary: 'files that name images: Kubernetes manifests, compose files, Dockerfiles, lists',
  },
  blobs: {
    kind: 'list',
    value: 'pattern',
    summary:
      'other files to verify, each with its signature next to it, as <file>.jws.sig or <file>.cose.sig',
  },
  ...TRUST_FLAGS,
  ...VERIFICATION_FLAGS,
  'policy-name': {
    kind: 'text',
    value: 'name',
    summary: 'the statement of the trust policy for blobs; the global one by default',
  },
  ...FILES_FLAGS,
  'on-undecided': {
    kind: 'text',
    value: 'outcome',
    choices: ['fail', 'warn'],
    summary: 'what to do if no verdict can be reached, such as when the registry is down; fail by default',
  },
  ...CREDENTIAL_FLAGS,
  ...IDENTITY_FLAGS,
  ...IGNORED_FLAGS,
} as const satisfies Flags;

type Inputs = Values<typeof VERIFY_INPUTS>;

/** Verifies what the inputs name. The step fails if anything is not accepted. */
export const runVerify = (): Promise<void> =>
  runStep(async (runner) => {
    const values = collectInputs(VERIFY_INPUTS, runner.terminal.env);
    const { 'target-artifact-reference': references, files, blobs } = values;
    if (references.length + files.length + blobs.length === 0) {
      throw argumentInvalid(
        'give images to verify as target_artifact_reference or files, or other files as blobs',
      );
    }
    const evaluations: PlacedEvaluation[] = [];
    for await (const evaluation of evaluate(values, runner)) {
      runner.terminal.print(formatLine(evaluation));
      evaluations.push(evaluation);
    }
    if (!(await reportEvaluations(inOrder(evaluations), values['on-undecided'] === 'warn', runner)))
      process.exitCode = 1;
  });

/** Yields the verdicts on everything that the inputs name. */
async function* evaluate(
  values: Inputs,
  { terminal, mask, directory }: Runner,
): AsyncGenerator<PlacedEvaluation> {
  const identity = createJobIdentity(values, { env: terminal.env, signal: terminal.signal, mask });
  const targets = values['target-artifact-reference'].map(readTarget);
  const files = await findFiles('files', values.files);
  const found = await findImagesIn(files, values, terminal.stdin);
  const registry = await registryOptionsOf(values, [...targets, ...parsedReferences(found)], {
    terminal,
    identity,
    mask,
  });
  const config = await openTrust(values, registry, directory);
  const blobs = await findBlobs(values.blobs);
  const images = [
    ...targets.map((reference) => ({ reference: formatReference(reference) })),
    ...(targets.length + found.length + blobs.length > 0 ? found : withoutImages(files)),
  ];
  if (images.length > 0) {
    const limits = { signatures: values['max-signatures'] };
    const verifier = createVerifier({ ...config, limits, defaultTag: DEFAULT_TAG });
    const options = {
      concurrency: values.concurrency,
      userMetadata: values['user-metadata'],
      pluginConfig: values['plugin-config'],
      platforms: values.platform,
    };
    yield* evaluateAll({ verifier, images, options }, terminal.signal);
  }
  for (const [at, path] of blobs.entries()) {
    const evaluation = await evaluateBlobFile(path, config, values, terminal.signal);
    yield { ...evaluation, index: images.length + at };
  }
}

async function evaluateBlobFile(
  path: string,
  config: NotationConfig,
  values: Inputs,
  signal: AbortSignal,
): Promise<Evaluation> {
  try {
    return {
      reference: path,
      report: await evaluateFile(path, await signatureOf(path), config, values, signal),
    };
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return { reference: path, error };
  }
}

/** Finds the signature next to a file. */
async function signatureOf(path: string): Promise<string> {
  for (const format of ['jws', 'cose']) {
    const signature = `${path}.${format}.sig`;
    if (await statusOf(signature, 'ERR_ARGUMENT_INVALID')) return signature;
  }
  throw new NotationError(
    'ERR_NO_SIGNATURE',
    `there is neither ${quote(`${path}.jws.sig`)} nor its .cose.sig`,
    {
      nextStep: 'Sign the file, or put its signature next to it.',
    },
  );
}
