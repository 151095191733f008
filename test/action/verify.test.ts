import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startJob } from './workflow.ts';

describe('the action that verifies', () => {
  it('succeeds for a signed image, and gives the verdict as outputs, files and a summary', async () => {
    const { step, push, keyInputs, trustInputs } = await startJob();
    const image = await push();
    expect(await step('sign', { ...keyInputs, target_artifact_reference: image })).toMatchObject({ code: 0 });
    const { code, log, outputs, summary } = await step('verify', {
      ...trustInputs,
      target_artifact_reference: image,
    });
    expect({ code, outcome: outputs.outcome }).toEqual({ code: 0, outcome: 'accepted' });
    expect(log).toContain(`verified: ${image}`);
    expect(JSON.parse(outputs.report ?? '')).toMatchObject({
      version: '1.0',
      summary: { verified: 1 },
      results: [{ reference: image, class: 'verified' }],
    });
    expect(JSON.parse(await readFile(outputs.report_file ?? '', 'utf8'))).toEqual(
      JSON.parse(outputs.report ?? ''),
    );
    expect(JSON.parse(await readFile(outputs.sarif_file ?? '', 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(summary).toContain('**1 evaluated: 1 verified**');
  });

  it('fails for an image of a manifest that is not signed, with an annotation at its line', async () => {
    const { step, push, trustInputs, workspace } = await startJob();
    const image = await push();
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: app\n      image: ${image}\n`;
    await writeFile(join(workspace, 'k8s/pod.yaml'), pod);
    const { code, log, outputs } = await step('verify', { ...trustInputs, files: 'k8s/*.yaml\n' });
    expect({ code, outcome: outputs.outcome }).toEqual({ code: 1, outcome: 'rejected' });
    expect(log).toMatch(/^::error file=k8s\/pod\.yaml,line=7,col=14,title=.*::.*ERR_NO_SIGNATURE/m);
    const sarif = JSON.parse(await readFile(outputs.sarif_file ?? '', 'utf8'));
    expect(sarif.runs[0].results[0]).toMatchObject({
      ruleId: 'ERR_NO_SIGNATURE',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'k8s/pod.yaml' }, region: { startLine: 7 } } },
      ],
    });
  });

  it('verifies several images and reports the rest if one does not exist', async () => {
    const { step, push, keyInputs, trustInputs, registry } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    const list = `${registry.host}/team/nothing:v1\n${image}`;
    const { code, outputs } = await step('verify', { ...trustInputs, target_artifact_reference: list });
    expect({ code, outcome: outputs.outcome }).toEqual({ code: 1, outcome: 'undecided' });
    expect(JSON.parse(outputs.report ?? '').summary).toMatchObject({ verified: 1, undecided: 1 });
  });

  it('goes on with a warning if there is no verdict and on_undecided is warn', async () => {
    const { step, trustInputs } = await startJob();
    const { code, log, outputs } = await step('verify', {
      ...trustInputs,
      target_artifact_reference: '127.0.0.1:1/team/app:v1',
      on_undecided: 'warn',
    });
    expect({ code, outcome: outputs.outcome }).toEqual({ code: 0, outcome: 'undecided' });
    expect(log).toMatch(/^::warning .*ERR_REGISTRY_UNREACHABLE/m);
    expect(log).not.toContain('::error');
  });

  it('uses the configuration of notation on the machine if no policy is given', async () => {
    const { step, push, keyInputs, config } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    const env = { NOTATION_CONFIG: config };
    expect(await step('verify', { target_artifact_reference: image }, { env })).toMatchObject({ code: 0 });
  });

  it('takes trust stores from a directory of any name', async () => {
    const { step, push, keyInputs, trustInputs, config, workspace } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    await rename(join(config, 'truststore'), join(workspace, 'anchors'));
    const inputs = { ...trustInputs, trust_store: 'anchors', target_artifact_reference: image };
    expect(await step('verify', inputs)).toMatchObject({ code: 0 });
  });

  it('verifies a file that is not an image with the signature next to it', async () => {
    const { step, keyInputs, trustInputs, workspace } = await startJob();
    await writeFile(join(workspace, 'release.tar'), 'bytes');
    const policy = {
      version: '1.0',
      trustPolicies: [
        {
          name: 'all',
          globalPolicy: true,
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:acme'],
          trustedIdentities: ['*'],
        },
      ],
    };
    await writeFile(join(workspace, 'blobs.json'), JSON.stringify(policy));
    await step('sign', { ...keyInputs, blobs: 'release.tar' });
    expect(existsSync(join(workspace, 'release.tar.jws.sig'))).toBe(true);
    const inputs = {
      trust_store: trustInputs.trust_store ?? '',
      blob_trust_policy: 'blobs.json',
      blobs: '*.tar',
    };
    expect(await step('verify', inputs)).toMatchObject({ code: 0, outputs: { outcome: 'accepted' } });
    await writeFile(join(workspace, 'release.tar'), 'other bytes');
    expect(await step('verify', inputs)).toMatchObject({ code: 1, outputs: { outcome: 'rejected' } });
  });

  it('fails if the files name no image, and no image or other file is given', async () => {
    const { step, push, keyInputs, trustInputs, workspace } = await startJob();
    await writeFile(join(workspace, 'k8s/empty.yaml'), 'apiVersion: v1\nkind: ConfigMap\n');
    const { code, log, outputs } = await step('verify', { ...trustInputs, files: 'k8s/*.yaml' });
    expect({ code, outcome: outputs.outcome }).toEqual({ code: 1, outcome: 'misconfigured' });
    expect(log).toContain('it names no images');
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    const inputs = { ...trustInputs, files: 'k8s/*.yaml', target_artifact_reference: image };
    expect(await step('verify', inputs)).toMatchObject({ code: 0 });
  });

  it('fails if a pattern matches no file', async () => {
    const { step, trustInputs } = await startJob();
    const { code, log } = await step('verify', { ...trustInputs, files: 'no/*.yaml' });
    expect(code).toBe(1);
    expect(log).toMatch(/^::error::files "no\/\*\.yaml" matches no file \[ERR_ARGUMENT_INVALID\]/m);
  });

  it.each([
    [
      { target_artifact_reference: 'x.example/a:v1', on_undecided: 'ignore' },
      'on_undecided must be one of fail, warn',
    ],
    [
      { target_artifact_reference: 'x.example/a:v1', concurrency: 'many' },
      'concurrency must be a positive whole number',
    ],
    [{ target_artifact_reference: 'x.example/a' }, 'has neither a tag nor a digest'],
    [{ target_artifact_references: 'x.example/a:v1' }, 'did you mean target_artifact_reference?'],
    [{}, 'give images to verify'],
    [
      { target_artifact_reference: 'x.example/a:v1', credentials: 'github: {}' },
      'the input credentials is malformed',
    ],
    [
      { target_artifact_reference: 'x.example/a:v1', credentials: 'bucket: {}' },
      'the input credentials is malformed',
    ],
  ])('fails for the inputs %j', async (inputs, message) => {
    const { step } = await startJob();
    const { code, log } = await step('verify', inputs);
    expect(code).toBe(1);
    expect(log).toContain(`::error::`);
    expect(log).toContain(message);
  });

  it('runs no workflow command that a manifest contains', async () => {
    const { step, trustInputs, workspace } = await startJob();
    const hostile = '"x%0A::set-output name=outcome::accepted\\n::stop-commands::x ##[add-mask]x"';
    await writeFile(
      join(workspace, 'k8s/pod.yaml'),
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: ${hostile}\n`,
    );
    const { log, summary } = await step('verify', { ...trustInputs, files: 'k8s/*' });
    const commands = log.split('\n').filter((line) => /^\s*::|##\[/.test(line));
    expect(commands.map((line) => line.slice(0, 8))).toEqual(['::error ']);
    expect(summary).not.toContain('\n::');
  });

  it('masks the secrets of its inputs before it says anything else', async () => {
    const { step, push, registry, keyInputs, trustInputs } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    registry.switches.accounts = { scheme: 'basic', username: 'ci', password: 'hunter2hunter2' };
    const credentials = `hosts:\n  ${registry.host}: { username: ci, password: hunter2hunter2 }`;
    const { code, log } = await step('verify', {
      ...trustInputs,
      credentials,
      target_artifact_reference: image,
    });
    expect(code).toBe(0);
    expect(log.indexOf('::add-mask::hunter2hunter2\n')).toBe(0);
    expect(log.split('hunter2hunter2').length).toBe(2);
  });

  it('signs in with the inputs username and password', async () => {
    const { step, push, registry, keyInputs, trustInputs } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    registry.switches.accounts = { scheme: 'basic', username: 'ci', password: 'hunter2hunter2' };
    const inputs = { ...trustInputs, target_artifact_reference: image, username: 'ci' };
    expect(await step('verify', { ...inputs, password: 'wrong' })).toMatchObject({ code: 1 });
    const { code, log } = await step('verify', { ...inputs, password: 'hunter2hunter2' });
    expect(code).toBe(0);
    expect(log).toContain('::add-mask::hunter2hunter2');
  });

  it('fails if it cannot write the summary', async () => {
    const { step, push, keyInputs, trustInputs, directory } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, target_artifact_reference: image });
    await mkdir(join(directory, 'no-file'));
    const env = { GITHUB_STEP_SUMMARY: join(directory, 'no-file') };
    const { code, log } = await step('verify', { ...trustInputs, target_artifact_reference: image }, { env });
    expect(code).toBe(1);
    expect(log).toContain('[ERR_CONFIG_INVALID]');
  });
});
