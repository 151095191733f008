// Writes test/dct/recorded/forged.json: metadata of Docker Content Trust that is signed with keys of its own, in states that
// the `notary` client cannot make, and in the layout that `docker trust` writes. The tests verify it in every runtime.
//
//   node scripts/trust-fixtures/forged.mjs
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const OUT = '.cache/trust-fixtures/forge-trust.mjs';

await build({
  entryPoints: ['test/support/forge-trust.ts'],
  outfile: OUT,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});

const { forgeBaseKeys, forgeRootKey, forgeTrust, forgeTrustKey, GUN, NOW } = await import(`../../${OUT}`);

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const keys = forgeBaseKeys();
const [first] = keys.root;
const [second, third] = [forgeRootKey(), forgeRootKey()];
const alice = forgeTrustKey('ecdsa');
const bob = forgeTrustKey('ecdsa');
const firstUse = { firstUse: true };

const forge = (content = {}) => forgeTrust({ ...content, keys: { ...keys, ...content.keys } });
const rootVersion = (version, key, signers) => ({
  versions: { root: version },
  keys: { root: [key] },
  signers: { root: signers },
});
const oneRoot = forge();
const twoRoots = forge(rootVersion(2, second, [first, second]));
const threeRoots = forge(rootVersion(3, third, [second, third]));
const ports = forgeTrust({
  gun: 'localhost:5000/acme/web',
  delegations: [
    { name: 'targets/alice', keys: [alice], tags: { v1: A, v2: B } },
    { name: 'targets/releases', keys: [alice], tags: { v1: A, v2: B } },
  ],
});
const typed = forge({
  keys: {
    targets: [forgeTrustKey('ecdsa-x509')],
    snapshot: [forgeTrustKey('rsa')],
    timestamp: [forgeTrustKey('rsa-x509')],
  },
  tags: { v1: A },
});
const releases = { name: 'targets/releases', keys: [alice], tags: { v1: A } };

/**
 * The states: the files that are served, those that were verified before, what is pinned, and the result: tags with their
 * roles and digests, or the code of the error.
 */
const states = [
  state('a tag of the owners', forge({ tags: { v1: A } }), tags(['v1', 'targets', A])),
  state(
    'the layout of docker trust: the same keys in two delegations, and a port in the GUN',
    ports,
    tags(['v1', 'targets/releases', A], ['v2', 'targets/releases', B]),
  ),
  state('keys of the types ecdsa-x509, rsa and rsa-x509', typed, tags(['v1', 'targets', A])),
  state('a pinned root certificate', forge({ tags: { v1: A } }), tags(['v1', 'targets', A]), {
    pinning: { certificates: { [GUN]: [first.id] } },
  }),
  state('another pinned root certificate', forge(), 'ERR_DCT_ROOT_UNTRUSTED', {
    pinning: { certificates: { [GUN]: [second.id] } },
  }),
  state('nothing pinned', forge(), 'ERR_DCT_ROOT_UNTRUSTED', { pinning: {} }),
  state('a root that was rotated twice', withRoots(threeRoots, twoRoots), tags(), { before: oneRoot }),
  state('a version of the root that is missing', threeRoots, 'ERR_DCT_ROOT_SKIPPED', { before: oneRoot }),
  state(
    'a root that the old key did not sign',
    forge(rootVersion(2, second, [second])),
    'ERR_DCT_THRESHOLD',
    { before: oneRoot },
  ),
  state('a threshold of two keys', twoOwners([alice, bob]), tags(['v1', 'targets', A])),
  state('a threshold of two keys, of which one signed', twoOwners([alice]), 'ERR_DCT_THRESHOLD'),
  state('a threshold of two keys, of which one signed twice', twoOwners([alice, alice]), 'ERR_DCT_THRESHOLD'),
  state(
    'a delegation with paths',
    forge({ delegations: [{ ...releases, paths: ['rel-'], tags: { 'rel-1': A, v1: A } }] }),
    tags(['rel-1', 'targets/releases', A]),
  ),
  state(
    'a delegation that has expired',
    forge({ tags: { v2: B }, delegations: [{ ...releases, expires: '2026-05-01T00:00:00Z' }] }),
    tags(['v2', 'targets', B]),
  ),
  state(
    'a delegation that another key signed',
    forge({ tags: { v2: B }, delegations: [{ ...releases, signers: [bob] }] }),
    tags(['v2', 'targets', B]),
  ),
  state(
    'a delegation to itself',
    forge({ delegations: [{ ...releases, delegations: [{ name: 'targets/releases', keys: [alice] }] }] }),
    'ERR_DCT_DELEGATION_CYCLE',
  ),
  state('a timestamp that has expired', expired('timestamp'), 'ERR_DCT_FREEZE'),
  state('a snapshot that has expired', expired('snapshot'), 'ERR_DCT_EXPIRED'),
  state('owners whose metadata has expired', expired('targets'), 'ERR_DCT_EXPIRED'),
  state('a root that has expired', expired('root'), 'ERR_DCT_EXPIRED'),
  state('an older snapshot', forge(), 'ERR_DCT_ROLLBACK', { before: forge({ versions: { snapshot: 2 } }) }),
  state('older metadata of the owners', forge(), 'ERR_DCT_ROLLBACK', {
    before: forge({ versions: { targets: 2 } }),
  }),
  state('the snapshot of another time', mixed('snapshot'), 'ERR_DCT_MIX_AND_MATCH'),
  state('the root of another time', mixed('root'), 'ERR_DCT_MIX_AND_MATCH'),
  state(
    'the metadata of another GUN',
    { ...forgeTrust({ gun: 'registry.example.com/team/other' }), gun: GUN },
    'ERR_DCT_ROOT_UNTRUSTED',
  ),
  state(
    'a tag without a SHA-256',
    forge({ tags: { v1: { hashes: {}, length: 1 }, v2: B } }),
    tags(['v2', 'targets', B]),
  ),
];

writeFileSync('test/dct/recorded/forged.json', `${JSON.stringify({ now: NOW, states }, null, 1)}\n`);
console.log(`${states.length} states`);

function state(name, { gun, files }, expected, { pinning = firstUse, before } = {}) {
  return {
    name,
    gun,
    pinning,
    files: texts(files),
    ...(before && { before: texts(before.files) }),
    expected,
  };
}

/** Without the copy of the newest root under its version: nothing requests that. */
function texts(files) {
  const needed = Object.entries(files).filter(([name, bytes]) => name === 'root' || bytes !== files.root);
  return Object.fromEntries(needed.map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}

function tags(...list) {
  return list.map(([tag, role, hex]) => ({ tag, role, digest: `sha256:${hex}` }));
}

function withRoots(newest, ...earlier) {
  const roots = earlier.map(({ files }) => Object.entries(files).filter(([name]) => /^\d/.test(name)));
  return { ...newest, files: { ...newest.files, ...Object.fromEntries(roots.flat()) } };
}

function twoOwners(signers) {
  return forge({
    keys: { targets: [alice, bob] },
    thresholds: { targets: 2 },
    signers: { targets: signers },
    tags: { v1: A },
  });
}

function expired(role) {
  return forge({ expires: { [role]: '2026-05-31T23:59:59-05:00' } });
}

function mixed(role) {
  const trust = forge();
  const other = forge({ expires: { [role]: '2026-06-10T14:00:00.000000001+02:00' } });
  return { ...trust, files: { ...trust.files, [role]: other.files[role] } };
}
