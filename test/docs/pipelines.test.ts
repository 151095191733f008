import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inputOf } from '../../src/action/inputs.ts';
import { SIGN_INPUTS } from '../../src/action/sign.ts';
import { VERIFY_INPUTS } from '../../src/action/verify.ts';
import { type Job, startJob } from '../action/workflow.ts';
import { skipWithout } from '../node/machine.ts';

const REGISTRY = 'registry.example.com';

/** The blocks of a guide in a language. */
async function blocksOf(guide: string, language: string): Promise<string[]> {
  const text = await readFile(`docs/guides/${guide}.md`, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

/** Starts a job in whose repository a manifest names an image, which is not signed. */
async function startPipeline(level?: string): Promise<Job & { image: string; sign(): Promise<unknown> }> {
  const job = await startJob(level);
  const image = await job.push(`${job.registry.host}/team/app`);
  const pod = `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: ${image}\n`;
  await writeFile(join(job.workspace, 'k8s/pod.yaml'), pod);
  const sign = () => job.step('sign', { ...job.keyInputs, target_artifact_reference: image });
  return { ...job, image, sign };
}

/** Runs a script with bash, in which `npx notarykit` is the command that was built. */
async function runScript(
  { directory, workspace, registry }: Job,
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const bin = join(directory, 'bin');
  await mkdir(bin, { recursive: true });
  const npx = `#!/bin/sh\n[ "$1" = notarykit ] || exit 99\nshift\nexec "${execPath}" "${resolve('dist/cli/main.js')}" "$@"\n`;
  await writeFile(join(bin, 'npx'), npx);
  await chmod(join(bin, 'npx'), 0o755);
  const path = join(directory, 'script.sh');
  await writeFile(path, script.replaceAll(REGISTRY, registry.host));
  const PATH = [bin, resolve(execPath, '..'), process.env.PATH].join(delimiter);
  return new Promise((done, fail) => {
    execFile(
      'bash',
      [path, ...args],
      {
        cwd: workspace,
        env: { PATH, HOME: directory, NOTATION_CONFIG: join(directory, 'notation'), ...env },
      },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') fail(error);
        else done({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

describe('the script of the shell guide', () => {
  it('deploys the digest of an image that is signed, and no other', async () => {
    const pipeline = await startPipeline();
    const [script = ''] = await blocksOf('shell', 'bash');
    const [name = '', digest] = pipeline.image.split('@');
    const refused = await runScript(pipeline, script, [`${name}:v1`]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('[ERR_NO_SIGNATURE]');
    await pipeline.sign();
    const { code, stdout } = await runScript(pipeline, script, [`${name}:v1`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `deploy ${name}@${digest}\n` });
  });

  it('deploys an image that is named by a digest, with a tag or without', async () => {
    const pipeline = await startPipeline();
    const [script = ''] = await blocksOf('shell', 'bash');
    const [name = '', digest] = pipeline.image.split('@');
    await pipeline.sign();
    for (const image of [`${name}@${digest}`, `${name}:v1@${digest}`]) {
      const { code, stdout } = await runScript(pipeline, script, [image]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `deploy ${name}@${digest}\n` });
    }
  });

  it('deploys nothing of which the policy skips the verification', async () => {
    const pipeline = await startPipeline('skip');
    const [script = ''] = await blocksOf('shell', 'bash');
    const { code, stdout, stderr } = await runScript(pipeline, script, [pipeline.image]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the policy does not require a valid signature');
  });

  it('exits with 75 and the reason if the registry is down', async () => {
    const pipeline = await startPipeline();
    const [script = ''] = await blocksOf('shell', 'bash');
    const { code, stdout, stderr } = await runScript(pipeline, script, ['127.0.0.1:1/team/app:v1']);
    expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
    expect(stderr).toContain('[ERR_REGISTRY_UNREACHABLE]');
    expect(stderr).toContain('try again later');
  });

  it('exits with 3 and the reason if there is no such image, and suggests no retry', async () => {
    const pipeline = await startPipeline();
    const [script = ''] = await blocksOf('shell', 'bash');
    const missing = `${pipeline.registry.host}/team/app:missing`;
    const { code, stdout, stderr } = await runScript(pipeline, script, [missing]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('[ERR_NOT_FOUND]');
    expect(stderr).not.toContain('try again');
  });

  it('verifies every image of a directory with one line', async () => {
    const pipeline = await startPipeline();
    const [, script = ''] = await blocksOf('shell', 'bash');
    expect((await runScript(pipeline, script)).code).toBe(1);
    await pipeline.sign();
    expect((await runScript(pipeline, script)).code).toBe(0);
  });
});

describe('the jobs of the GitLab guide', () => {
  /** Runs a job as the runner of GitLab does: its lines by bash, which stops at the first that fails. */
  async function runJob(pipeline: Job, name: string, env: Readonly<Record<string, string>>) {
    const [block = ''] = await blocksOf('gitlab-ci', 'yaml');
    const { variables, [name]: job } = parse(block);
    const exports = Object.entries<string>({ ...variables, ...job.variables }).map(
      ([variable, value]) => `export ${variable}="${value}"`,
    );
    const script = ['set -eo pipefail', ...exports, ...job.script].join('\n');
    return {
      ...(await runScript(pipeline, script, [], { CI_PROJECT_DIR: pipeline.directory, ...env })),
      job,
    };
  }

  it('fail for an image that is not signed, and leave the report that GitLab shows', async () => {
    const pipeline = await startPipeline();
    const { code, job } = await runJob(pipeline, 'verify-images', {});
    expect(code).toBe(1);
    const report = await readFile(join(pipeline.workspace, job.artifacts.reports.junit), 'utf8');
    expect(report).toContain('ERR_NO_SIGNATURE');
  });

  it('sign an image with the account of the registry, and verify it then', async () => {
    const pipeline = await startPipeline();
    pipeline.registry.switches.accounts = { scheme: 'basic', username: 'ci', password: 'password-of-ci' };
    await writeFile(
      join(pipeline.workspace, 'release.crt'),
      await readFile(join(pipeline.directory, 'release.crt')),
    );
    const env = {
      CI_REGISTRY_USER: 'ci',
      CI_REGISTRY_PASSWORD: 'password-of-ci',
      CI_COMMIT_SHA: '9f8e7d6',
      RELEASE_KEY: join(pipeline.directory, 'release.key'),
      IMAGE: pipeline.image,
    };
    expect(await runJob(pipeline, 'sign-image', env)).toMatchObject({ code: 0 });
    expect(await runJob(pipeline, 'verify-images', env)).toMatchObject({ code: 0 });
    expect((await runJob(pipeline, 'verify-images', { ...env, CI_REGISTRY_PASSWORD: 'wrong' })).code).toBe(3);
  });
});

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}

async function allStepsOfGuide(): Promise<Step[]> {
  const workflows = (await blocksOf('github-action', 'yaml')).map((block) => parse(block));
  return workflows.flatMap(({ steps, jobs = {} }) => [
    ...(steps ?? []),
    ...Object.values<{ steps: Step[] }>(jobs).flatMap((job) => job.steps),
  ]);
}

/** The steps with one of our actions in the guide. */
async function stepsOfGuide(): Promise<{ action: 'verify' | 'sign'; inputs: Record<string, string> }[]> {
  return (await allStepsOfGuide()).flatMap(({ uses = '', with: inputs = {} }) => {
    const [, action] = /^OWNER\/notarykit\/action\/(verify|sign)@COMMIT$/.exec(uses) ?? [];
    return action === 'verify' || action === 'sign' ? [{ action, inputs }] : [];
  });
}

describe('the steps of the GitHub guide', () => {
  it('give inputs that the actions have', async () => {
    const steps = await stepsOfGuide();
    expect(steps.length).toBeGreaterThan(4);
    for (const { action, inputs } of steps) {
      const known = Object.keys(action === 'sign' ? SIGN_INPUTS : VERIFY_INPUTS).map(inputOf);
      expect(Object.keys(inputs).filter((name) => !known.includes(name))).toEqual([]);
    }
  });

  it('verify the images of the repository', async () => {
    const pipeline = await startPipeline();
    const [{ inputs } = { inputs: {} }] = await stepsOfGuide();
    await writeFile(join(pipeline.workspace, 'Dockerfile'), `FROM ${pipeline.image}\n`);
    const own = { ...fill(inputs, { 'github.token': 'ghs_token' }), ...pipeline.trustInputs };
    const env = { GITHUB_ACTOR: 'ci-bot' };
    expect((await pipeline.step('verify', own, { env })).outputs.outcome).toBe('rejected');
    await pipeline.sign();
    const { outputs } = await pipeline.step('verify', own, { env });
    expect(JSON.parse(outputs.report ?? '{}').summary).toMatchObject({ verified: 2, rejected: 0 });
  });

  it('deploy the digest of the image that was verified, whatever else the report has', async (context) => {
    skipWithout('jq', spawnSync('jq', ['--version']).status === 0, context);
    const pipeline = await startPipeline();
    const step = (await allStepsOfGuide()).find(({ run = '' }) => run.includes('deploy'));
    const script = `set -eo pipefail\ndeploy() { echo "deploy $*"; }\n${step?.run}`;
    const [name = '', digest] = pipeline.image.split('@');
    const image = `${name}:v1`;
    const both = { ...pipeline.trustInputs, target_artifact_reference: `${name}:missing\n${image}` };
    const deploy = async () => {
      const { outputs } = await pipeline.step('verify', both);
      return runScript(pipeline, script, [], { IMAGE: image, REPORT: outputs.report_file ?? '' });
    };
    expect(await deploy()).toMatchObject({ code: 4, stdout: '' }); // of jq: it found none
    await pipeline.sign();
    expect(await deploy()).toMatchObject({ code: 0, stdout: `deploy ${name}@${digest}\n` });
  });

  it('sign an image by its digest', async () => {
    const pipeline = await startPipeline();
    const found = (await stepsOfGuide()).find(({ action, inputs }) => action === 'sign' && inputs.key_file);
    const [, digest = ''] = pipeline.image.split('@');
    const values = {
      'needs.build.outputs.digest': digest,
      'steps.key.outputs.file': join(pipeline.directory, 'release.key'),
      'github.sha': '9f8e7d6',
    };
    const inputs = fill(found?.inputs ?? {}, values, pipeline.registry.host);
    expect(await pipeline.step('sign', { ...inputs, ...pipeline.keyInputs })).toMatchObject({ code: 0 });
    const verified = { ...pipeline.trustInputs, target_artifact_reference: pipeline.image };
    expect(await pipeline.step('verify', { ...verified, user_metadata: 'commit=9f8e7d6' })).toMatchObject({
      code: 0,
    });
  });
});

/** Evaluates expressions as the runner does before an action starts. */
function fill(inputs: Record<string, string>, values: Record<string, string>, host = REGISTRY) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, text]) => [
      name,
      text.replaceAll(REGISTRY, host).replace(/\$\{\{ (\S+) \}\}/g, (_, expression) => {
        if (!Object.hasOwn(values, expression)) throw new Error(`what is ${expression}?`);
        return values[expression] ?? '';
      }),
    ]),
  );
}
