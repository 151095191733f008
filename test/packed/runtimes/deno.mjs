import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveInstalled } from './npm-registry.mjs';
import { run, runtime } from './run.mjs';

// Without any permission: static imports need none.
const RUN = ['run', '--quiet', '--no-prompt', 'command-line.mjs'];
const PROGRAM = ['command-line.mjs', 'entries.mjs', 'verify.mjs', 'fixture.json'];

/** In the project as npm installed it: Deno takes what is in its node_modules. */
export async function runInDeno(project) {
  const deno = await runtime('deno');
  const seen = await run(deno, RUN, {
    cwd: project,
    variables: variablesOf(project),
  });
  return `${await versionOf(deno)}, node_modules: ${seen}`;
}

/** By `npm:` specifiers and without node_modules: Deno fetches the packed files itself, here from our own registry. */
export async function runInDenoFromRegistry(project) {
  const deno = await runtime('deno');
  const { version } = JSON.parse(
    await readFile(join(project, 'node_modules/notarykit/package.json'), 'utf8'),
  );
  const directory = join(project, 'deno');
  await mkdir(directory);
  for (const file of PROGRAM) await copyFile(join(project, file), join(directory, file));
  const imports = { notarykit: `npm:notarykit@${version}`, 'notarykit/': `npm:/notarykit@${version}/` };
  await writeFile(join(directory, 'deno.json'), JSON.stringify({ imports, nodeModulesDir: 'none' }));
  const registry = await serveInstalled(project);
  try {
    const variables = { ...variablesOf(directory), NPM_CONFIG_REGISTRY: registry.address };
    const seen = await run(deno, RUN, { cwd: directory, variables });
    return `${await versionOf(deno)}, npm: specifiers: ${seen}`;
  } finally {
    await registry.close();
  }
}

/** Nothing of the user's cache is taken or changed. */
function variablesOf(directory) {
  return { DENO_DIR: join(directory, '.deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
}

async function versionOf(deno) {
  const [line] = (await run(deno, ['--version'])).split('\n');
  return line.replace(/ \(.*/, '');
}
