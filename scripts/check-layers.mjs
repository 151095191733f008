// The layer rule: what each folder of src/ may import. Run by `npm test`; the argument is the folder to check.
//
// Imports of types count too: to know the type of a layer is to know the layer.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { argv, exit } from 'node:process';
import ts from 'typescript';

/** A layer may import from those above it, and must not know the ones left out. */
const MAY_IMPORT = {
  errors: [],
  encoding: ['errors'],
  crypto: ['errors', 'encoding'],
  net: ['errors', 'encoding'],
  x509: ['errors', 'encoding', 'crypto'],
  'x509/revocation': ['errors', 'encoding', 'crypto', 'net', 'x509'],
  'x509/timestamp': ['errors', 'encoding', 'crypto', 'net', 'x509'],
  envelope: ['errors', 'encoding', 'crypto', 'x509'],
  'x509/pkcs12': ['errors', 'encoding', 'crypto', 'x509'],
  plugin: ['errors', 'encoding', 'crypto', 'net', 'x509', 'envelope'],
  kms: ['errors', 'encoding', 'crypto', 'net', 'x509', 'envelope'],
  policy: ['errors', 'encoding', 'x509/distinguished-name.ts'],
  oci: ['errors', 'encoding', 'crypto', 'net'],
  registries: ['errors', 'encoding', 'net', 'oci'],
  storage: ['errors', 'encoding', 'crypto', 'net', 'x509', 'x509/timestamp', 'envelope', 'oci'],
  signer: ['errors', 'encoding', 'crypto', 'net', 'x509', 'x509/pkcs12', 'envelope', 'oci', 'storage'],
  verifier: ['errors', 'encoding', 'crypto', 'net', 'x509', 'envelope', 'plugin', 'policy', 'oci', 'storage'],
  index: [
    'errors',
    'encoding',
    'crypto',
    'net',
    'x509',
    'x509/revocation',
    'x509/timestamp',
    'envelope',
    'plugin',
    'policy',
    'oci',
    'storage',
    'signer',
    'verifier',
  ],
  node: [
    'errors',
    'encoding',
    'crypto',
    'net',
    'x509',
    'x509/pkcs12',
    'envelope',
    'plugin',
    'policy',
    'oci',
    'signer',
  ],
  testing: ['errors', 'encoding', 'crypto', 'x509'],
};

/** Packages that a layer may import; `node:` modules are for the layer `node` alone. */
const MAY_USE = {
  crypto: ['@noble/hashes'],
  x509: ['@noble/hashes'],
  'x509/pkcs12': ['@noble/hashes', 'node-forge'],
  encoding: ['zod'],
  envelope: ['zod'],
  plugin: ['zod'],
  net: ['aws4fetch', 'zod'],
  kms: ['zod'],
  registries: ['zod'],
  policy: ['zod'],
  oci: ['zod'],
  storage: ['zod'],
  node: ['node:', 'zod'],
  testing: ['@peculiar/x509'],
};

const root = resolve(argv[2] ?? 'src');
const violations = files(root).flatMap(violationsOf);
for (const violation of violations) console.error(violation);
console.log(`layers: ${violations.length} violations`);
exit(violations.length > 0 ? 1 : 0);

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return files(path);
    return /\.[cm]?[jt]sx?$/.test(name) ? [path] : [];
  });
}

function violationsOf(path) {
  const layer = layerOf(path);
  if (!Object.hasOwn(MAY_IMPORT, layer)) return [`${show(path)}: "${layer}" is no layer`];
  return ts
    .preProcessFile(readFileSync(path, 'utf8'))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((target) => !isAllowed(layer, path, target))
    .map((target) => `${show(path)}: the layer "${layer}" must not import "${target}"`);
}

function isAllowed(layer, path, target) {
  if (!target.startsWith('.')) return (MAY_USE[layer] ?? []).some((name) => isOf(target, name));
  const imported = resolve(dirname(path), target);
  const other = layerOf(imported);
  return (
    other === layer || MAY_IMPORT[layer].some((allowed) => allowed === other || allowed === show(imported))
  );
}

function isOf(target, name) {
  return name.endsWith(':') ? target.startsWith(name) : target === name || target.startsWith(`${name}/`);
}

/** The innermost folder of `src/` that is a layer; the files beside the folders are the main entry. */
function layerOf(path) {
  const folder = dirname(show(path)).split('/');
  if (folder[0] === '.') return 'index';
  const nested = folder.slice(0, 2).join('/');
  return Object.hasOwn(MAY_IMPORT, nested) ? nested : folder[0];
}

function show(path) {
  return relative(root, path).split(sep).join('/');
}
