import { describe, expect, it } from 'vitest';
import { type Release, releaseProblems } from '../../scripts/check-release.mjs';

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-31\n\n- A change.\n\n## 1.2.2 - 2026-01-30\n\n- Another.\n';

const GOOD: Release = {
  tag: 'v1.2.3',
  manifest: { version: '1.2.3', repository: { url: 'git+https://github.com/example/notarykit.git' } },
  lockfile: { version: '1.2.3' },
  changelog: CHANGELOG,
  repository: 'example/notarykit',
};

function problems(changed: Partial<Release>): string {
  return releaseProblems({ ...GOOD, ...changed }).join('\n');
}

describe('the check of a release', () => {
  it('passes a tag of the version, with its section in the changelog', () => {
    expect(problems({})).toBe('');
  });

  it('rejects a tag of another version', () => {
    expect(problems({ tag: 'v1.2.4' })).toBe('the tag is v1.2.4, but package.json has the version 1.2.3');
  });

  it('rejects a tag without the letter v', () => {
    expect(problems({ tag: '1.2.3' })).toContain('the tag is 1.2.3');
  });

  it('rejects a lockfile of another version', () => {
    expect(problems({ lockfile: { version: '1.2.2' } })).toContain('run npm install');
  });

  it('rejects a version that the changelog does not have', () => {
    const changelog = CHANGELOG.replace('1.2.3', '1.2.30');
    expect(problems({ changelog })).toContain('CHANGELOG.md has no section "## 1.2.3 - ');
  });

  it('rejects a version whose section has no date', () => {
    const changelog = CHANGELOG.replace(' - 2026-01-31', '');
    expect(problems({ changelog })).toContain('CHANGELOG.md has no section');
  });

  it('rejects a version about which the changelog says nothing', () => {
    const changelog = CHANGELOG.replace('- A change.\n', '');
    expect(problems({ changelog })).toBe('CHANGELOG.md says nothing about 1.2.3');
  });

  it.each([undefined, 'github:example/other', 'https://github.com/Example/notarykit'])(
    'rejects a package that says it is from %s',
    (repository) => {
      const manifest = { version: '1.2.3', ...(repository && { repository }) };
      expect(problems({ manifest })).toContain('"repository" of package.json does not name');
    },
  );

  it('passes a repository in the short form', () => {
    expect(problems({ manifest: { version: '1.2.3', repository: 'github:example/notarykit' } })).toBe('');
  });
});
