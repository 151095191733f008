import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NotationCli } from '../support/notation-cli.ts';
import { policy, statementFor, type VerdictCase } from '../support/verdict.ts';

const refused = { expect: 'rejected', code: 'ERR_POLICY_INVALID' } as const;
const stricter = (row: string) =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code: 'ERR_POLICY_INVALID' }) as const;

const skip = {
  signatureVerification: { level: 'skip' },
  trustStores: undefined,
  trustedIdentities: undefined,
};
const verification = (signatureVerification: unknown) => (scope: string) =>
  policy(scope, { signatureVerification });
const stores =
  (...trustStores: unknown[]) =>
  (scope: string) =>
    policy(scope, { trustStores });

/** Changes the text of a good policy. */
const text = (change: (json: string) => string) => (scope: string) => change(JSON.stringify(policy(scope)));

/** Statements that no policy may have, and what the CLI says. */
const MALFORMED: readonly [name: string, document: (scope: string) => object | string, says: RegExp][] = [
  ['no version', (scope) => ({ ...policy(scope), version: undefined }), /version/],
  ['a version of the future', (scope) => ({ ...policy(scope), version: '2.0' }), /version/],
  ['no statement', () => ({ version: '1.0', trustPolicies: [] }), /zero trust policy statements/],
  ['an empty document', () => ({}), /version/],
  ['no name', (scope) => policy(scope, { name: undefined }), /name/],
  ['an empty name', (scope) => policy(scope, { name: '' }), /name/],
  [
    'the same name twice',
    (scope) => ({ version: '1.0', trustPolicies: [statementFor(scope), statementFor('*')] }),
    /name/,
  ],
  ['no level', verification({}), /level|signature verification/],
  ['an unknown level', verification({ level: 'careful' }), /level/],
  ['a level in upper case', verification({ level: 'Strict' }), /level/],
  [
    'integrity overridden',
    verification({ level: 'permissive', override: { integrity: 'log' } }),
    /integrity|overrid/,
  ],
  [
    'an unknown validation overridden',
    verification({ level: 'strict', override: { freshness: 'log' } }),
    /freshness|supported/,
  ],
  ['an unknown action', verification({ level: 'strict', override: { expiry: 'ignore' } }), /ignore|action/],
  ['expiry skipped', verification({ level: 'strict', override: { expiry: 'skip' } }), /skip/],
  ['authenticity skipped', verification({ level: 'strict', override: { authenticity: 'skip' } }), /skip/],
  [
    'an override at skip',
    (scope) =>
      policy(scope, { ...skip, signatureVerification: { level: 'skip', override: { expiry: 'log' } } }),
    /skip/,
  ],
  [
    'an unknown time to verify timestamps',
    verification({ level: 'strict', verifyTimestamp: 'sometimes' }),
    /verifyTimestamp|timestamp/i,
  ],
  ['a store at skip', (scope) => policy(scope, { ...skip, trustStores: ['ca:acme'] }), /skip/],
  ['an identity at skip', (scope) => policy(scope, { ...skip, trustedIdentities: ['*'] }), /skip/],
  ['no store', stores(), /trust stores?/],
  ['a store without a type', stores('acme'), /trust store/],
  ['a store of an unknown type', stores('root:acme'), /trust store/],
  ['a store without a name', stores('ca:'), /trust store/],
  ['a store whose name is a path', stores('ca:../acme'), /trust store/],
  ['every store', stores('ca:*'), /trust store/],
  [
    'statements that are an object',
    (scope) => ({ version: '1.0', trustPolicies: policy(scope) }),
    /malformed|JSON/i,
  ],
];

/** The name that version 2 of the CLI has for the policy; version 1 does not read it. */
async function writeNewer({ configDirectory }: NotationCli, trustStores: string[]): Promise<void> {
  const document = JSON.stringify(policy('*', { trustStores }));
  await writeFile(join(configDirectory, 'trustpolicy.oci.json'), document, { mode: 0o600 });
}

/** Documents that are not JSON. */
const NOT_JSON: readonly [name: string, change: (json: string) => string][] = [
  ['an empty file', () => ''],
  ['a text that is not JSON', () => 'trust everybody'],
  ['a document that is cut off', (json) => json.slice(0, -1)],
  ['a comma at the end of a list', (json) => json.replace(']', ',]')],
  ['a byte order mark', (json) => `\uFEFF${json}`],
];

/** The trust policy document. */
export const policyCases: readonly VerdictCase[] = [
  ...MALFORMED.map(([name, document, says]): VerdictCase => ({ name, policy: document, ...refused, says })),
  ...NOT_JSON.map(
    ([name, change]): VerdictCase => ({
      name,
      policy: text(change),
      expect: 'rejected',
      says: /malformed|JSON/i,
      code: 'ERR_ENCODING_INVALID',
    }),
  ),
  {
    name: 'an override that is null',
    policy: verification({ level: 'strict', override: null }),
    expect: 'verified',
  },
  { name: 'the same store twice', policy: stores('ca:acme', 'ca:acme'), expect: 'verified' },
  {
    name: 'an unknown member',
    policy: (scope) => policy(scope, { comment: 'x' }),
    ...stricter('policy-unknown-member'),
  },
  {
    name: 'a member whose name is in another case',
    policy: text((json) => json.replace('"trustStores"', '"TRUSTSTORES"')),
    ...stricter('policy-unknown-member'),
  },
  {
    name: 'a member twice',
    policy: text((json) => json.replace('"trustStores"', '"trustStores":["ca:nowhere"],"trustStores"')),
    expect: { cli: 'verified', here: 'rejected', row: 'policy-duplicate-member' },
    code: 'ERR_ENCODING_INVALID',
  },
  {
    name: 'something after the document',
    policy: text((json) => `${json} {}`),
    expect: { cli: 'verified', here: 'rejected', row: 'policy-trailing-data' },
    code: 'ERR_ENCODING_INVALID',
  },
  {
    name: 'an empty time to verify timestamps',
    policy: verification({ level: 'strict', verifyTimestamp: '' }),
    ...stricter('policy-empty-verify-timestamp'),
  },
  {
    name: 'a newer file that trusts no signer next to the older one',
    configure: (cli) => writeNewer(cli, ['ca:nowhere']),
    expect: { cli: 'verified', here: 'rejected', row: 'policy-file-name' },
    code: 'ERR_TRUST_STORE_NOT_FOUND',
  },
  {
    name: 'a newer file that trusts the signer next to the older one',
    policy: stores('ca:nowhere'),
    configure: (cli) => writeNewer(cli, ['ca:acme']),
    expect: { cli: 'rejected', here: 'verified', row: 'policy-file-name', laxer: true },
    says: /trust store "nowhere" of type "ca" does not exist/,
  },
  {
    name: 'a policy that is a symbolic link',
    configure: async ({ configDirectory }) => {
      const path = join(configDirectory, 'trustpolicy.json');
      await rename(path, join(configDirectory, 'elsewhere.json'));
      await symlink(join(configDirectory, 'elsewhere.json'), path);
    },
    ...refused,
    says: /symlink|regular file/,
  },
];
