// The layer rule: what each directory of src/ may import, and that no files import each other in a circle. Run by
// `npm test`; the argument is the directory to check.
//
// Imports of types count too: to know the type of a layer is to know the layer.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dirname, join as joinPath } from 'node:path/posix';
import process, { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The layers and packages that each layer may import, in the order of the design: never a layer that is below it in this
 * table. A single file is named if a layer needs only the interface of an optional ability, such as a revocation
 * checker, but not its implementation.
 */
const MAY_IMPORT = {
  errors: [],
  encoding: ['errors'],
  net: ['errors', 'encoding'],
  crypto: ['errors', 'encoding'],
  asn1: ['errors', 'encoding', 'crypto'],
  x509: ['errors', 'encoding', 'crypto', 'asn1'],
  'x509/revocation': ['errors', 'encoding', 'net', 'crypto', 'asn1', 'x509'],
  'x509/timestamp': [
    'errors',
    'encoding',
    'net',
    'crypto',
    'asn1',
    'x509',
    'x509/revocation/certificate-status.ts',
  ],
  keys: ['errors', 'encoding', 'crypto', 'asn1'],
  envelope: ['errors', 'encoding', 'net/budget.ts', 'crypto', 'x509'],
  policy: ['errors', 'encoding'],
  'policy/tools': ['errors', 'encoding', 'policy'],
  oci: ['errors', 'encoding', 'net', 'crypto'],
  registries: ['errors', 'encoding', 'net', 'oci'],
  storage: ['errors', 'encoding', 'net', 'crypto', 'x509', 'x509/timestamp', 'envelope', 'oci'],
  plugin: ['errors', 'encoding', 'net', 'crypto', 'x509', 'envelope'],
  kms: ['errors', 'encoding', 'net', 'crypto', 'asn1', 'x509', 'envelope'],
  signer: [
    'errors',
    'encoding',
    'net',
    'crypto',
    'x509',
    'x509/revocation',
    'x509/timestamp',
    'keys',
    'envelope',
    'oci',
    'storage',
  ],
  verifier: [
    'errors',
    'encoding',
    'net',
    'crypto',
    'x509',
    'x509/revocation/certificate-status.ts',
    'x509/timestamp/types.ts',
    'envelope',
    'policy',
    'oci',
    'storage',
    'plugin',
  ],
  gateway: ['errors', 'encoding', 'net', 'crypto', 'oci', 'storage', 'verifier'],
  report: ['errors', 'encoding', 'verifier', 'x509/revocation/certificate-status.ts'],
  references: ['errors', 'encoding', 'oci/reference.ts'],
  dct: [
    'errors',
    'encoding',
    'net',
    'crypto',
    'asn1',
    'x509',
    'envelope/rfc3339.ts',
    'oci',
    'verifier/as-completed.ts',
    'verifier/evaluation-result.ts',
    'verifier/report.ts',
  ],
  admission: ['errors', 'encoding', 'net', 'x509', 'policy', 'oci', 'verifier'],
  index: [
    'errors',
    'encoding',
    'net',
    'crypto',
    'x509',
    'x509/revocation',
    'x509/timestamp',
    'keys',
    'envelope',
    'policy',
    'oci',
    'storage',
    'plugin',
    'signer',
    'verifier',
    'report',
  ],
  node: [
    'errors',
    'encoding',
    'net',
    'crypto',
    'x509',
    'keys',
    'envelope',
    'policy',
    'oci',
    'plugin',
    'signer',
    'dct/gun.ts',
    'dct/roles.ts',
    'dct/source.ts',
    'dct/state.ts',
  ],
  testing: [
    'errors',
    'encoding',
    'crypto',
    'asn1',
    'x509',
    'x509/revocation/cert-id.ts',
    'x509/revocation/evaluation.ts',
    'policy',
  ],
};

// The command may import everything, and only the action imports it; nothing imports the action.
MAY_IMPORT.cli = Object.keys(MAY_IMPORT);
MAY_IMPORT.action = Object.keys(MAY_IMPORT);

/** Packages that a layer may import; `node:` modules are for the layers `node`, `cli` and `action`. */
const MAY_USE = {
  admission: ['yaml'],
  net: ['aws4fetch'],
  crypto: ['@noble/hashes'],
  keys: ['@noble/hashes', 'node-forge'],
  references: ['yaml'],
  node: ['node:'],
  testing: ['@peculiar/x509'],
  cli: ['node:', 'picocolors', 'yocto-spinner'],
  action: ['node:', 'tinyglobby', 'yaml'],
};

const LAYERS = Object.keys(MAY_IMPORT);

if (argv[1] === fileURLToPath(import.meta.url)) {
  const problems = layerProblems(argv[2] ?? 'src');
  for (const problem of problems) console.error(problem);
  console.log(`layers: ${problems.length} violations`);
  if (problems.length > 0) process.exitCode = 1;
}

/** Returns what is wrong with the imports of the files in a directory, a line each. */
export function layerProblems(root) {
  const importsByFile = new Map(files(root).map((path) => [path, importsOf(join(root, path))]));
  return [...[...importsByFile].flatMap(violationsOf), ...circles(importsByFile)];
}

/** The paths of all files of code, from the directory on. */
function files(root, directory = '') {
  return readdirSync(join(root, directory)).flatMap((name) => {
    const path = joinPath(directory, name);
    if (statSync(join(root, path)).isDirectory()) return files(root, path);
    return /\.[cm]?[jt]sx?$/.test(name) ? [path] : [];
  });
}

/** Returns the specifiers of a file's imports: static, dynamic, or for types only. */
function importsOf(path) {
  return ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles.map(({ fileName }) => fileName);
}

function violationsOf([path, imports]) {
  const layer = layerOf(path);
  if (!Object.hasOwn(MAY_IMPORT, layer)) return [`${path}: "${layer}" is not a layer`];
  return imports
    .filter((target) => !isAllowed(layer, path, target))
    .map((target) => `${path}: the layer "${layer}" must not import "${target}"`);
}

function isAllowed(layer, path, target) {
  if (!target.startsWith('.')) return (MAY_USE[layer] ?? []).some((name) => isOf(target, name));
  const imported = joinPath(dirname(path), target);
  const other = layerOf(imported);
  if (other === layer) return true;
  const isAbove = LAYERS.indexOf(other) < LAYERS.indexOf(layer);
  return isAbove && MAY_IMPORT[layer].some((allowed) => allowed === other || allowed === imported);
}

function isOf(target, name) {
  return name.endsWith(':') ? target.startsWith(name) : target === name || target.startsWith(`${name}/`);
}

/** The circles of files, each as the way around it: `a.ts -> b.ts -> a.ts`. */
function circles(importsByFile) {
  const found = [];
  const done = new Set();
  const trail = [];
  for (const path of importsByFile.keys()) visit(path);
  return found;

  function visit(path) {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`circle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of importsByFile.get(path) ?? []) {
      if (target.startsWith('.')) visit(joinPath(dirname(path), target));
    }
    trail.pop();
    done.add(path);
  }
}

/** The innermost directory of `src/` that is a layer; the files next to the directories are the main entry. */
function layerOf(path) {
  const directory = dirname(path).split('/');
  if (directory[0] === '.') return 'index';
  const nested = directory.slice(0, 2).join('/');
  return Object.hasOwn(MAY_IMPORT, nested) ? nested : directory[0];
}
