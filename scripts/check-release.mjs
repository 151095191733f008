// Whether a tag may be released: run by .github/workflows/release.yml with the tag as argument.
import { readFileSync } from 'node:fs';
import process, { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';

if (argv[1] === fileURLToPath(import.meta.url)) {
  const problems = releaseProblems({
    tag: argv[2] ?? '',
    manifest: readJson('package.json'),
    lockfile: readJson('package-lock.json'),
    changelog: readFileSync('CHANGELOG.md', 'utf8'),
    repository: env.GITHUB_REPOSITORY,
  });
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

export function releaseProblems({ tag, manifest, lockfile, changelog, repository }) {
  const { version } = manifest;
  const problems = [];
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}, but package.json has the version ${version}`);
  if (lockfile.version !== version)
    problems.push(`package-lock.json has the version ${lockfile.version}: run npm install`);
  const section = sectionOf(changelog, version);
  if (section === undefined)
    problems.push(`CHANGELOG.md has no section "## ${version} - <date, such as 2026-01-31>"`);
  if (section?.trim() === '') problems.push(`CHANGELOG.md says nothing about ${version}`);
  if (!repository || !namesRepository(manifest, repository))
    problems.push(
      `"repository" of package.json does not name github.com/${repository}, so npm would reject the provenance`,
    );
  return problems;
}

/** The text between the heading of a version and that of the next. */
function sectionOf(changelog, version) {
  const [, ...sections] = changelog.split(/^## /m);
  for (const section of sections) {
    const [heading = '', ...lines] = section.split('\n');
    const [named, date] = heading.split(' - ');
    if (named === version && /^\d{4}-\d{2}-\d{2}$/.test(date ?? '')) return lines.join('\n');
  }
  return undefined;
}

/** In the forms that npm accepts for a repository at GitHub; the provenance is case-sensitive. */
function namesRepository({ repository }, name) {
  const url = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const [, named] =
    /^(?:github:|(?:git\+)?https:\/\/github\.com\/)([^/]+\/[^/]+?)(?:\.git)?$/.exec(url) ?? [];
  return named === name;
}
