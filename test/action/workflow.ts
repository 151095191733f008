import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { onTestFinished } from 'vitest';
import { createTrustingMachine, type Machine } from '../cli/machine.ts';

/** The version that the actions name, if `npm run runtimes` has fetched it; else that of the tests. */
const NODE_24 = resolve('.cache/runtimes/node_modules/node-24/bin/node');
const NODE = existsSync(NODE_24) ? NODE_24 : execPath;

/** What a step did. */
export interface StepResult {
  /** The exit code: the step succeeds if it is 0. */
  code: number;
  log: string;
  outputs: Readonly<Record<string, string>>;
  summary: string;
}

/** How a step is run. */
export interface StepOptions {
  /** Variables of the step, in addition to those of the runner. */
  env?: Readonly<Record<string, string>>;
  /** Modules that are loaded first: what stands for the network. */
  imports?: readonly string[];
}

/** A job on a runner. */
export interface Job extends Machine {
  /** The directory of the repository. */
  workspace: string;
  /** The inputs of a key that is trusted. */
  keyInputs: Readonly<Record<string, string>>;
  /** The inputs of the policy and the trust stores, which are in the repository. */
  trustInputs: Readonly<Record<string, string>>;
  /** Runs an action as the runner does: a process of Node, with inputs and files in the environment. */
  step(
    action: 'verify' | 'sign',
    inputs: Readonly<Record<string, string>>,
    options?: StepOptions,
  ): Promise<StepResult>;
}

/** Starts a job with a repository that has a trust policy, trust stores and a key, and a registry. */
export async function startJob(level = 'strict'): Promise<Job> {
  const machine = await createTrustingMachine(level);
  const { directory, config } = machine;
  const workspace = join(directory, 'workspace');
  await mkdir(join(workspace, 'k8s'), { recursive: true });
  await mkdir(join(directory, 'temp'));
  return {
    ...machine,
    workspace,
    keyInputs: { key_file: join(directory, 'release.key'), cert_file: join(directory, 'release.crt') },
    trustInputs: { trust_policy: join(config, 'trustpolicy.json'), trust_store: join(config, 'truststore') },
    step: (action, inputs, options = {}) => runStep(directory, action, inputs, options),
  };
}

async function runStep(
  directory: string,
  action: string,
  inputs: Readonly<Record<string, string>>,
  { env = {}, imports = [] }: StepOptions,
): Promise<StepResult> {
  const [output, summary] = [join(directory, 'output'), join(directory, 'summary')];
  await Promise.all([output, summary].map((path) => writeFile(path, '')));
  const named = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const main = resolve('action', action, 'main.mjs');
  const { code, log } = await run([...imports.flatMap((path) => ['--import', path]), main], directory, {
    HOME: directory,
    PATH: process.env.PATH,
    DOCKER_CONFIG: join(directory, 'docker'),
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: join(directory, 'workspace'),
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    RUNNER_TEMP: join(directory, 'temp'),
    ...env,
    ...Object.fromEntries(named),
  });
  return {
    code,
    log,
    outputs: outputsIn(await readFile(output, 'utf8')),
    summary: await readFile(summary, 'utf8'),
  };
}

function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Pick<StepResult, 'code' | 'log'>> {
  return new Promise((resolve, reject) => {
    const child = execFile(NODE, args, { cwd, env }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), log: stdout + stderr });
    });
    onTestFinished(() => void child.kill());
  });
}

/** Reads the file of outputs as the runner does: a name, a delimiter, lines up to the delimiter. */
function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 1) {
    const [, name = '', delimiter] = /^(\w+)<<(.+)$/.exec(lines.shift() ?? '') ?? [];
    const end = lines.indexOf(delimiter ?? '');
    if (name === '' || end < 0) throw new Error(`the runner cannot read these outputs: ${text}`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return outputs;
}
