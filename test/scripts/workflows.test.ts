import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DIRECTORY = '.github/workflows';
const workflows = readdirSync(DIRECTORY).map(
  (name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')] as const,
);
const release = readFileSync(join(DIRECTORY, 'release.yml'), 'utf8');

function find(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

/** The text of each job, by its name. */
function jobsOf(workflow: string): Map<string, string> {
  const [, jobs = ''] = workflow.split(/^jobs:$/m);
  const [, ...parts] = jobs.split(/^ {2}(?=[\w-]+:$)/m);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part]));
}

describe.each(workflows)('the workflow %s', (_name, text) => {
  it('calls scripts of package.json that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(find(text, /npm run ([\w:-]+)/g).filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('runs files of the repository that exist', () => {
    const files = find(text, /(?:node|bash) ([\w./-]+)/g);
    const called = find(text, /uses: (\.\/\S+)/g);
    expect(files.length).toBeGreaterThan(0);
    expect([...files, ...called].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('pins each action by a commit, and says of which version', () => {
    const actions = find(text, /uses: ([^.\s].*)$/gm);
    expect(actions.length).toBeGreaterThan(0);
    expect(
      actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  it('leaves no credentials in the files that it checks out', () => {
    const checkouts = find(text, /uses: (actions\/checkout)/g);
    expect(find(text, /persist-credentials: (false)/g).length).toBe(checkouts.length);
  });
});

describe('the workflow of a release', () => {
  it('is started by tags of versions only', () => {
    expect(release).toContain('on:\n  push:\n    tags: ["v*"]\n\n');
  });

  it('gives the identity to the job that publishes, and no more; to the others, reading the repository', () => {
    const permissions = [...jobsOf(release)].map(([name, job]) => [
      name,
      find(job, /^ {4}permissions:\n((?: {6}.+\n)+)/gm).map((lines) => lines.trim()),
    ]);
    expect(release).toContain('\npermissions: {}\n');
    expect(Object.fromEntries(permissions)).toEqual({
      ci: ['contents: read'],
      pack: ['contents: read'],
      publish: ['id-token: write'],
    });
  });

  it('publishes with provenance, after .ci/run, the check of the release and the tests of the packed file', () => {
    const jobs = jobsOf(release);
    expect(jobs.get('ci')).toContain(`uses: ./${DIRECTORY}/ci.yml`);
    expect(jobs.get('pack')).toContain('needs: ci');
    expect(jobs.get('pack')).toContain('node scripts/check-release.mjs "$GITHUB_REF_NAME"');
    expect(jobs.get('pack')).toMatch(/node scripts\/packed\.mjs "notarykit-\$\{GITHUB_REF_NAME#v\}\.tgz"/);
    expect(jobs.get('publish')).toContain('needs: pack');
    expect(jobs.get('publish')).toContain(
      'npm publish "notarykit-$version.tgz" --provenance --access public',
    );
  });

  it('installs nothing in the job that publishes', () => {
    expect(jobsOf(release).get('publish')).not.toMatch(/npm (?:ci|install|run)|npx|actions\/checkout/);
  });

  it('is the one that CONTRIBUTING describes', () => {
    const contributing = readFileSync('CONTRIBUTING.md', 'utf8');
    for (const { 0: name } of workflows) expect(contributing).toContain(`\`${DIRECTORY}/${name}\``);
  });
});
