import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrustingMachine } from './machine.ts';

function pod(...images: readonly string[]): string {
  const containers = images.map((image, at) => `  - name: c${at}\n    image: "${image}"`);
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n${containers.join('\n')}\n`;
}

describe('notarykit check', () => {
  it('verifies the images of a manifest, and says where each is named', async () => {
    const { run, push, keyFlags, write } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const file = await write('pod.yaml', pod(reference));
    const { code, stdout } = await run(['check', file]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Successfully verified signature for ${file}:8:12: ${reference}`);
  });

  it('reports the rest if one image is unsigned, one missing and one file unreadable', async () => {
    const { run, push, keyFlags, write, registry } = await createTrustingMachine();
    const [signed, unsigned] = [await push(), await push(`${registry.host}/team/unsigned`)];
    await run(['sign', ...keyFlags, signed]);
    const missing = `${registry.host}/team/none:v1`;
    const file = await write('pod.yaml', pod(signed, unsigned, missing));
    const other = await write('broken.yaml', 'kind: [');
    const { code, stdout, stderr } = await run(['check', file, other]);
    expect(code).toBe(2);
    expect(stdout).toContain(signed);
    expect(stderr).toContain('[ERR_NO_SIGNATURE]');
    expect(stderr).toContain('[ERR_NOT_FOUND]');
    expect(stderr).toContain('broken.yaml');
    expect((await run(['check', file])).code).toBe(1);
  });

  it('reports the images of a registry that works while another is down', async () => {
    const { run, push, keyFlags, write } = await createTrustingMachine();
    const signed = await push();
    await run(['sign', ...keyFlags, signed]);
    const down = `127.0.0.1:9/team/app@${signed.split('@')[1]}`;
    const file = await write('images.txt', `${signed}\n${down}\n`);
    const { code, stdout, stderr } = await run(['check', file]);
    expect(code).toBe(3);
    expect(stdout).toContain(`Successfully verified signature for ${file}:1:1`);
    expect(stderr).toContain(`${file}:2:1: ${down}`);
  });

  it('exits with 2 for an image that cannot be resolved', async () => {
    const { run, write } = await createTrustingMachine();
    const file = await write('Dockerfile', 'ARG BASE\nFROM $BASE\n');
    const { code, stderr } = await run(['check', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Dockerfile:2:\d+: .*\[ERR_REFERENCE_INVALID\]/);
  });

  const aliases = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} { kind: List, items: [${`*a${at},`.repeat(9)}] }`,
  );
  it.each([
    ['too large', 'images.txt', '#'.repeat(9 * 2 ** 20)],
    [
      'of too many aliases',
      'bomb.yaml',
      `kind: List\na0: &a0 { kind: List, items: [] }\n${aliases.join('\n')}\nitems: [*a9]\n`,
    ],
    ['too deep', 'deep.yaml', `kind: Pod\nx: ${'['.repeat(5000)}${']'.repeat(5000)}\n`],
    ['of no known kind', 'values.yaml', 'image: registry.example.com/app:v1\n'],
    ['not YAML', 'broken.yaml', 'kind: ['],
  ])('exits with 2 for a file that is %s', async (_, name, content) => {
    const { run, write } = await createTrustingMachine();
    const { code, stdout, stderr } = await run(['check', await write(name, content)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^To do: Check (the path|where)/m);
    expect(stderr).not.toContain('`kind`');
  });

  it('exits with 2 if no file names an image', async () => {
    const { run, push, keyFlags, write } = await createTrustingMachine();
    const empty = await write('empty.yaml', '');
    const config = await write('config.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n');
    const { code, stderr } = await run(['check', empty, config]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${empty}: it names no images`);
    expect(stderr).toContain(`${config}: it names no images`);
    expect(await run(['check', '-'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no images'),
    });
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    expect((await run(['check', empty, await write('images.txt', reference)])).code).toBe(0);
  });

  it('writes verdicts for programs in the order of the files and of their lines', async () => {
    const { run, push, write, registry } = await createTrustingMachine();
    const reference = await push();
    const missing = `${registry.host}/team/none:v1`;
    const names = [reference, `\${TAG}`, missing, reference, missing];
    const [one, broken, other] = [
      await write('b.yaml', pod(...names)),
      await write('broken.yaml', 'kind: ['),
      await write('a.yaml', pod(missing, reference)),
    ];
    const { stdout } = await run(['check', '-o', 'json', one, broken, other]);
    const { results } = JSON.parse(stdout) as { results: { reference: string }[] };
    expect(results.map(({ reference: name }) => name)).toEqual([...names, broken, missing, reference]);
  });

  it.each([
    ['pod.yaml', pod(`registry.example.com/app:\${TAG}`), 'Render the file first'],
    ['compose.yaml', `services: { web: { image: "registry.example.com/app:\${TAG}" } }\n`, '--variables'],
    ['Dockerfile', 'ARG BASE\nFROM $BASE\n', '--build-arg'],
  ])('says what to do about a variable in %s', async (name, content, advice) => {
    const { run, write } = await createTrustingMachine();
    const file = await write(name, content);
    expect((await run(['check', file])).stderr).toMatch(new RegExp(`^To do: .*${advice}`, 'm'));
    expect((await run(['check', '-o', 'json', file])).stdout).toContain(advice);
  });

  it('reads standard input', async () => {
    const { run, push, keyFlags } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    expect((await run(['check', '-'], { stdin: pod(reference) })).code).toBe(0);
  });

  it('names image and line in a warning about what the policy only logs', async () => {
    const { run, push, keyFlags, config, write } = await createTrustingMachine('audit');
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    const policy = join(config, 'trustpolicy.json');
    const text = await readFile(policy, 'utf8');
    await writeFile(policy, text.replace('["*"]}]', '["x509.subject: C=US, ST=WA, O=Other"]}]'));
    const file = await write('pod.yaml', pod(reference));
    const { code, stderr } = await run(['check', file]);
    expect(code).toBe(0);
    expect(stderr).toContain(`Warning: ${file}:8:12: ${reference}: `);
  });

  it('prints a summary on standard error if a program reads the verdicts', async () => {
    const { run, push, write } = await createTrustingMachine();
    const file = await write('pod.yaml', pod(await push(), `\${TAG}`));
    const summary = '2 evaluated: 1 unsigned, 1 misconfigured\n';
    expect((await run(['check', '-o', 'sarif', file])).stderr).toBe(summary);
    expect((await run(['check', '-o', 'sarif', file], { columns: 80, env: { CI: '1' } })).stderr).toBe('');
  });

  it.each([
    ['json', (text: string) => expect(JSON.parse(text)).toBeTypeOf('object')],
    ['sarif', (text: string) => expect(JSON.parse(text)).toMatchObject({ version: '2.1.0' })],
    ['junit', (text: string) => expect(text).toContain('<testsuite')],
    ['github', (text: string) => expect(text).toMatch(/^::error file=.*pod\.yaml,line=8,col=12/)],
    ['markdown', (text: string) => expect(text).toContain('|')],
    ['html', (text: string) => expect(text).toContain('<!doctype html>')],
    ['metrics', (text: string) => expect(text).toContain('# EOF')],
  ])('writes verdicts as %s, and nothing else on standard output', async (output, expectText) => {
    const { run, push, write } = await createTrustingMachine();
    const { code, stdout } = await run(['check', '-o', output, await write('pod.yaml', pod(await push()))]);
    expect(code).toBe(1);
    expectText(stdout);
  });

  it('shows progress on a terminal of 40 columns, in lines that fit', async () => {
    const { run, push, write } = await createTrustingMachine();
    const file = await write('pod.yaml', pod(await push()));
    const { stderr } = await run(['check', file], { columns: 40, env: { TERM: 'xterm', CI: '' } });
    const shown = stderr.match(/checked \d of \d/g);
    expect(shown?.at(-1)).toBe('checked 1 of 1');
  });

  it('shows no progress in a pipe', async () => {
    const { run, push, keyFlags, write } = await createTrustingMachine();
    const reference = await push();
    await run(['sign', ...keyFlags, reference]);
    expect((await run(['check', await write('pod.yaml', pod(reference))])).stderr).toBe('');
  });
});
