import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateTool, run } from '../runtimes/run.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const RUNTIMES_PAGE = join(HERE, '../../../docs/runtimes.md');

const BUNDLER = { module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true };
const NODE = { lib: ['es2022'], types: ['node'] };
const COMMON_JS = `import { verify } from 'notarykit';\nexport const again = verify;\n`;

/** The tsconfig.json and imports of users, by the names of the cases. */
const PROJECTS = [
  {
    name: 'node16, types of Node',
    options: { ...NODE, module: 'node16' },
    files: ['entries.ts', 'node.ts'],
  },
  {
    name: 'bundler, types of Node',
    options: { ...NODE, ...BUNDLER },
    files: ['entries.ts', 'node.ts', 'edge-gateway/server-node.ts'],
  },
  {
    name: 'bundler, DOM',
    options: { ...BUNDLER, lib: ['es2022', 'dom'], types: [] },
    files: ['portable-entries.ts', 'keys.ts'],
  },
  {
    name: 'bundler, types of Cloudflare Workers',
    options: { ...BUNDLER, lib: ['es2022'], types: ['@cloudflare/workers-types'] },
    files: ['portable-entries.ts', 'keys.ts', 'edge-gateway/worker.ts', 'edge-gateway/text-modules.d.ts'],
  },
  {
    name: 'bundler, no types but those of docs/runtimes.md',
    options: { ...BUNDLER, lib: ['es2022'], types: [] },
    files: ['portable-entries.ts', 'platform.d.ts'],
  },
  {
    name: 'CommonJS, nodenext',
    options: { ...NODE, module: 'nodenext' },
    files: ['common.cts'],
  },
  {
    name: 'CommonJS, node16: rejected, as docs/runtimes.md says',
    options: { ...NODE, module: 'node16' },
    files: ['common.cts'],
    problem: 'TS1479',
  },
];

/** Lays out a directory for types in the project. Gives a check for each compiler and project. */
export async function prepareTypeChecks(project, { specifiers, portable }) {
  const directory = join(project, 'types');
  await mkdir(directory);
  for (const file of ['node.ts', 'keys.ts']) await copyFile(join(HERE, file), join(directory, file));
  const example = join(project, 'node_modules/notarykit/examples/edge-gateway');
  await cp(example, join(directory, 'edge-gateway'), { recursive: true });
  await writeFile(join(directory, 'entries.ts'), importAll(specifiers));
  await writeFile(join(directory, 'portable-entries.ts'), importAll(portable));
  await writeFile(join(directory, 'common.cts'), COMMON_JS);
  await writeFile(join(directory, 'platform.d.ts'), await readDocumentedTypes());
  await linkTypes(directory);
  const compilers = [
    createRequire(import.meta.url).resolve('typescript/package.json'),
    locateTool('typescript-newest/package.json'),
  ];
  return compilers.flatMap((manifest) =>
    PROJECTS.map(({ name, ...settings }) => [name, () => check(directory, manifest, { name, ...settings })]),
  );
}

async function check(directory, manifest, { name, options, files, problem }) {
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  await writeFile(join(directory, 'tsconfig.json'), configOf(options, files));
  const compiler = join(dirname(manifest), 'bin/tsc');
  const problems = await run(process.execPath, [compiler, '-p', '.'], { cwd: directory }).catch(
    ({ message }) => message,
  );
  if (problem ? !problems.includes(problem) : problems !== '')
    throw new Error(`TypeScript ${version}: ${problems}`);
  return `TypeScript ${version}, ${name}`;
}

function configOf(options, files) {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { ...strict, skipLibCheck: false, noEmit: true, target: 'es2022', ...options };
  return JSON.stringify({ compilerOptions, files });
}

/** A program that imports each of them with everything it has. */
function importAll(specifiers) {
  const imports = specifiers.map((specifier, index) => `import * as entry${index} from '${specifier}';`);
  const names = specifiers.map((_, index) => `entry${index}`);
  return `${imports.join('\n')}\nexport const all = [${names}];\n`;
}

/** The declarations that docs/runtimes.md tells users to write where their libraries have none. */
async function readDocumentedTypes() {
  const [, code] =
    /```ts\n(interface AbortSignal [\s\S]*?)```/.exec(await readFile(RUNTIMES_PAGE, 'utf8')) ?? [];
  if (!code) throw new Error('docs/runtimes.md does not say which types are needed');
  return code;
}

/** Links them as if they were installed there. */
async function linkTypes(directory) {
  const types = {
    '@types/node': createRequire(import.meta.url).resolve('@types/node/package.json'),
    '@cloudflare/workers-types': locateTool('@cloudflare/workers-types/package.json'),
  };
  for (const [name, manifest] of Object.entries(types)) {
    const link = join(directory, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(dirname(manifest), link);
  }
}
