import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createSigner, signBlob } from '../../src/index.ts';
import { parseBlobTrustPolicy, parseTrustPolicy } from '../../src/policy/index.ts';
import {
  createBlobTrustPolicy,
  createTrustPolicy,
  explainBlobTrustPolicy,
  explainTrustPolicy,
  mergeBlobTrustPolicies,
  mergeTrustPolicies,
  type NewTrustPolicyStatement,
  type PolicyExplanation,
} from '../../src/policy/tools/index.ts';
import { NotationCli } from './support/notation-cli.ts';
import { run } from './support/run.ts';
import { createStore, type Store, type StoredArtifact } from './support/stores.ts';

const trust = { trustStores: ['ca:acme'], trustedIdentities: ['*'] };
const skipped = (name: string, ...registryScopes: string[]): NewTrustPolicyStatement => ({
  name,
  registryScopes,
  level: 'skip',
});
const strict = (name: string, ...registryScopes: string[]): NewTrustPolicyStatement => ({
  name,
  registryScopes,
  ...trust,
});

let directory: string;
let cli: NotationCli;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-policies-'));
  cli = await NotationCli.create();
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await cli.dispose();
});

/** `notation policy import` of a document that was made here. */
async function importPolicy(document: object): Promise<void> {
  const path = join(directory, 'policy.json');
  await writeFile(path, JSON.stringify(document, undefined, 2));
  const { code, stderr } = await cli.run('policy', 'import', '--force', path);
  expect({ code }, stderr).toEqual({ code: 0 });
}

const subject = [
  { type: 'C', value: 'US' },
  { type: 'ST', value: 'WA' },
  { type: 'O', value: ' Acme, "Inc"; #1 + <2> \\ = 株式会社 ' },
];

/** Documents of every kind of statement. */
const DOCUMENTS: readonly [name: string, make: () => object][] = [
  ['a statement with its defaults', () => createTrustPolicy([strict('all', '*')])],
  ['a statement at the level skip', () => createTrustPolicy([skipped('tools', 'r.io/tools', 'r.io/more')])],
  [
    'overrides, a tsa store and a time',
    () =>
      createTrustPolicy([
        {
          ...strict('app', 'r.io:5000/team/app', 'localhost/a__b'),
          level: 'permissive',
          override: {
            authenticity: 'log',
            authenticTimestamp: 'enforce',
            expiry: 'enforce',
            revocation: 'skip',
          },
          verifyTimestamp: 'afterCertExpiry',
          trustStores: ['ca:acme', 'signingAuthority:a_b.c-d', 'tsa:time'],
        },
      ]),
  ],
  [
    'identities from subjects, and of other kinds',
    () =>
      createTrustPolicy([
        {
          ...strict('app', 'r.io/app'),
          trustedIdentities: [subject, 'x509.subject: C=US, S=WA, O=Other', 'aws.arn:1'],
        },
      ]),
  ],
  [
    'documents that were merged without conflicts',
    () =>
      mergeTrustPolicies([
        createTrustPolicy([strict('a', 'r.io/a'), strict('all', '*')]),
        createTrustPolicy([strict('b', 'r.io/b'), strict('a', 'r.io/a')]),
      ]).document,
  ],
  ...(['first', 'last'] as const).map((onConflict): [string, () => object] => [
    `merged documents of which the ${onConflict} decides`,
    () =>
      mergeTrustPolicies(
        [
          createTrustPolicy([strict('a', 'r.io/a', 'r.io/b'), strict('all', '*')]),
          createTrustPolicy([skipped('a', 'r.io/a', 'r.io/c'), strict('rest', '*')]),
        ],
        { onConflict },
      ).document,
  ]),
];

describe('notation imports what is written here', () => {
  it.each(DOCUMENTS)('%s', async (_, make) => {
    await importPolicy(make());
  });

  it('and rejects the policies that notarykit rejects, which shows that the check can fail', async () => {
    const path = join(directory, 'bad.json');
    await writeFile(
      path,
      JSON.stringify(createTrustPolicy([strict('a', 'r.io/*')], { dialect: 'extended' })),
    );
    const { code, stderr } = await cli.run('policy', 'import', '--force', path);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('wild card') });
  });
});

/** The visible result of a selection: the level. */
type Selected = 'skip' | 'audit' | 'strict' | 'none';

const explained = ({ statement }: PolicyExplanation): string => statement?.level ?? 'none';

describe('notation selects the statement that is explained here', () => {
  const repositories = ['policies/a', 'policies/b', 'policies/c/d'];
  let store: Store;
  let artifacts: StoredArtifact[];

  beforeAll(async () => {
    store = await createStore('a registry without the referrers API', inject('hosts'));
    artifacts = [];
    for (const repository of repositories) artifacts.push(await store.push(repository));
  });

  afterAll(() => store.dispose());

  async function selected(artifact: StoredArtifact): Promise<Selected> {
    const { code, stdout, stderr } = await artifact.verify(cli);
    if (code === 0 && stdout.includes('skip signature verification')) return 'skip';
    if (stderr.includes('no applicable')) return 'none';
    if (stderr.includes('no signature')) return 'strict';
    throw new Error(`the CLI selects nothing that is known: ${stdout}${stderr}`);
  }

  async function compare(document: object): Promise<Selected[]> {
    await importPolicy(document);
    const policy = parseTrustPolicy(document);
    const there: Selected[] = [];
    for (const artifact of artifacts) there.push(await selected(artifact));
    const here = artifacts.map(({ reference }) => explained(explainTrustPolicy(policy, reference)));
    expect(here).toEqual(there);
    return there;
  }

  const scope = (index: number) => artifacts[index]?.scope ?? '';

  it('of a document that was created', async () => {
    const document = createTrustPolicy([skipped('a', scope(0)), strict('b', scope(1))]);
    expect(await compare(document)).toEqual(['skip', 'strict', 'none']);
  });

  it('of exact scopes before the global one', async () => {
    const document = createTrustPolicy([strict('all', '*'), skipped('d', scope(2))]);
    expect(await compare(document)).toEqual(['strict', 'strict', 'skip']);
  });

  it.each([
    ['first', ['strict', 'skip', 'strict']],
    ['last', ['skip', 'skip', 'strict']],
  ] as const)('of merged documents of which the %s decides', async (onConflict, expected) => {
    const documents = [
      createTrustPolicy([strict('a', scope(0)), strict('all', '*')]),
      createTrustPolicy([skipped('a', scope(0), scope(1))]),
    ];
    expect(await compare(mergeTrustPolicies(documents, { onConflict }).document)).toEqual(expected);
  });
});

describe('the library of notation 2 selects the statement for a blob that is explained here', () => {
  // The library crashes at the level skip, and audit ignores the wrong identity.
  const other = { trustStores: ['ca:acme'], trustedIdentities: ['x509.subject: C=US, ST=WA, O=Other'] };
  const CASES: readonly [name: string | undefined, selected: Selected][] = [
    ['releases', 'strict'],
    ['tools', 'audit'],
    ['rest', 'strict'],
    [undefined, 'strict'],
    ['unknown', 'none'],
  ];
  const releases = createBlobTrustPolicy([
    { name: 'releases', ...other },
    { name: 'tools', level: 'audit', ...other },
  ]);
  const rest = createBlobTrustPolicy([{ name: 'rest', ...other, globalPolicy: true }]);

  beforeAll(async () => {
    const pair = inject('chains')['EC-256']['leaf + root'];
    const { signature } = await signBlob(new Blob(['a blob']), { signer: await createSigner(pair) });
    await cli.addCertificates('ca:acme', pair.root);
    await writeFile(join(directory, 'blob.txt'), 'a blob');
    await writeFile(join(directory, 'blob.sig'), signature);
  });

  async function selected(name: string | undefined): Promise<Selected> {
    const flags = name === undefined ? [] : ['--policy-name', name];
    const files = ['--signature', join(directory, 'blob.sig'), join(directory, 'blob.txt')];
    const { code, stderr } = await run('notation-blob', ['verify', ...flags, ...files], {
      NOTATION_CONFIG: cli.configDirectory,
    });
    if (code === 0) return 'audit';
    if (/no applicable|no global/.test(stderr)) return 'none';
    if (stderr.includes('trusted identit')) return 'strict';
    throw new Error(`the library selects nothing that is known: ${stderr}`);
  }

  async function compare(document: object): Promise<void> {
    const path = join(cli.configDirectory, 'trustpolicy.blob.json');
    await writeFile(path, JSON.stringify(document), { mode: 0o600 });
    const policy = parseBlobTrustPolicy(document);
    for (const [name, expected] of CASES) {
      const here = explained(explainBlobTrustPolicy(policy, name));
      expect([name, here, await selected(name)]).toEqual([name, expected, expected]);
    }
  }

  it('of a document that was merged', async () => {
    await compare(mergeBlobTrustPolicies([releases, rest]).document);
  });

  it('of documents in conflict, if the first decides', async () => {
    const others = createBlobTrustPolicy([
      { name: 'all', ...other, level: 'audit', globalPolicy: true },
      { name: 'releases', ...other, level: 'audit' },
    ]);
    await compare(mergeBlobTrustPolicies([releases, rest, others], { onConflict: 'first' }).document);
  });

  it('of documents in conflict, if the last decides', async () => {
    const others = createBlobTrustPolicy([
      { name: 'all', ...other, level: 'audit', globalPolicy: true },
      { name: 'releases', ...other, level: 'audit' },
    ]);
    await compare(mergeBlobTrustPolicies([others, releases, rest], { onConflict: 'last' }).document);
  });
});
