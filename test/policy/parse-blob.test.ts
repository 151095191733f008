import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { matchIdentity, parseBlobTrustPolicy } from '../../src/policy/index.ts';
import { blobStatement, document, failure, parseBlob, skipStatement, statement } from './documents.ts';

const blobSkip = (changes = {}) => skipStatement({ registryScopes: undefined, name: 'skipped', ...changes });
const refusal = (...statements: unknown[]) => failure(() => parseBlob(statements));

describe('a trust policy document for blobs', () => {
  it('is read from a string, from bytes and from a parsed object', () => {
    const value = document(blobStatement());
    const text = JSON.stringify(value);
    const policy = parseBlobTrustPolicy(value);
    expect(parseBlobTrustPolicy(text)).toEqual(policy);
    expect(parseBlobTrustPolicy(encodeUtf8(text))).toEqual(policy);
  });

  it('becomes statements with actions, stores, identities and globalPolicy', () => {
    const { statements } = parseBlob([
      blobStatement({
        signatureVerification: { level: 'permissive', verifyTimestamp: 'afterCertExpiry' },
        trustStores: ['ca:acme', 'tsa:time'],
        trustedIdentities: ['*'],
        globalPolicy: true,
      }),
    ]);
    expect(statements).toEqual([
      {
        name: 'releases',
        dialect: 'spec',
        level: 'permissive',
        actions: {
          integrity: 'enforce',
          authenticity: 'enforce',
          authenticTimestamp: 'log',
          expiry: 'log',
          revocation: 'log',
        },
        verifyTimestamp: 'afterCertExpiry',
        trustStores: [
          { type: 'ca', name: 'acme' },
          { type: 'tsa', name: 'time' },
        ],
        trustedIdentities: '*',
        globalPolicy: true,
      },
    ]);
  });

  it('is frozen to its depths', () => {
    const policy = parseBlob([blobStatement()]);
    expect(Object.isFrozen(policy.statements[0]?.trustStores)).toBe(true);
  });

  it('accepts the example of notation: named, skipped and global statements', () => {
    const { statements } = parseBlob([
      blobStatement({ name: 'net-monitor' }),
      { name: 'unsigned', signatureVerification: { level: 'skip' } },
      blobStatement({ name: 'rest', globalPolicy: true, signatureVerification: { level: 'audit' } }),
    ]);
    expect(statements.map(({ name, level, globalPolicy }) => [name, level, globalPolicy])).toEqual([
      ['net-monitor', 'strict', false],
      ['unsigned', 'skip', false],
      ['rest', 'audit', true],
    ]);
  });

  it('may have null for lists at the level skip, which the reference writes', () => {
    const written = blobSkip({ trustStores: null, trustedIdentities: null });
    expect(parseBlob([written]).statements[0]?.trustStores).toEqual([]);
  });

  it('may have identities of the extended dialect, if it is read in that dialect', () => {
    const short = blobStatement({ trustedIdentities: ['x509.subject: CN=signer'] });
    expect(refusal(short)).toContain('lacks C, ST, O');
    const [read] = parseBlob([short], { dialect: 'extended' }).statements;
    if (!read) throw new Error('there is no statement');
    expect(matchIdentity(read, [{ type: 'CN', value: 'signer' }])).toBe('x509.subject: CN=signer');
  });

  it.each<[string, unknown, string]>([
    ['no version', { trustPolicies: [blobStatement()] }, 'version is missing'],
    ['another version', { version: '2.0', trustPolicies: [blobStatement()] }, 'version is "2.0"'],
    ['no statement', document(), 'trustPolicies is empty'],
    ['an unnamed statement', document(blobStatement({ name: '' })), 'name is empty'],
    ['a statement that is null', document(null), 'trustPolicies[0]: it is null; write an object'],
    [
      'a name twice',
      document(blobStatement(), blobStatement()),
      'statement "releases": name is used by more than one statement',
    ],
    [
      'two global statements',
      document(
        blobStatement({ name: 'a', globalPolicy: true }),
        blobStatement(),
        blobStatement({ name: 'b', globalPolicy: true }),
      ),
      'globalPolicy is true in more than one statement: "a", "b"; keep it in one',
    ],
    [
      'a global statement at the level skip',
      document(blobSkip({ globalPolicy: true })),
      'globalPolicy is true at level "skip", which would trust every blob',
    ],
    [
      'globalPolicy as text',
      document(blobStatement({ globalPolicy: 'true' })),
      'globalPolicy is "true"; write true or false',
    ],
    [
      'globalPolicy null',
      document(blobStatement({ globalPolicy: null })),
      'globalPolicy is null; write true or false',
    ],
    [
      'a statement for OCI artifacts',
      document(statement()),
      'registryScopes belongs to a trust policy for OCI artifacts; pass the policy for blobs',
    ],
    [
      'registryScopes next to globalPolicy',
      document(statement({ globalPolicy: true })),
      'registryScopes belongs to a trust policy for OCI artifacts',
    ],
    ['an unknown member', document(blobStatement({ scopes: [] })), 'has unknown members: "scopes"'],
    [
      'no trust store',
      document(blobStatement({ trustStores: [] })),
      'trustStores is missing or empty; every level except "skip" requires it',
    ],
    [
      'a trust store at the level skip',
      document(blobSkip({ trustStores: ['ca:acme'] })),
      'trustStores must be empty at level "skip"',
    ],
    [
      'an override at the level skip',
      document(blobSkip({ signatureVerification: { level: 'skip', override: { expiry: 'log' } } })),
      'override must be empty at level "skip"',
    ],
    [
      'integrity overridden',
      document(blobStatement({ signatureVerification: { level: 'audit', override: { integrity: 'log' } } })),
      '"integrity" (it cannot be overridden)',
    ],
    ['a store of another type', document(blobStatement({ trustStores: ['root:a'] })), 'is not a named store'],
    [
      'overlapping identities',
      document(
        blobStatement({
          trustedIdentities: ['x509.subject: C=US, ST=WA, O=A', 'x509.subject: C=US, ST=WA, O=A, CN=b'],
        }),
      ),
      'overlap; keep one of them',
    ],
  ])('with %s is rejected', (_, value, message) => {
    expect(failure(() => parseBlobTrustPolicy(value as object))).toContain(message);
  });

  it('that is not JSON is rejected', () => {
    expect(failure(() => parseBlobTrustPolicy('{'), 'ERR_ENCODING_INVALID')).toContain('is not JSON');
  });

  it('of more than 1 MiB is rejected', () => {
    const text = ' '.repeat(1024 * 1024 + 1);
    expect(failure(() => parseBlobTrustPolicy(text), 'ERR_LIMIT_EXCEEDED')).toContain('is larger than');
  });

  it('in an unknown dialect is rejected', () => {
    const options = JSON.parse('{"dialect":"loose"}');
    expect(failure(() => parseBlob([blobStatement()], options), 'ERR_ARGUMENT_INVALID')).toContain('dialect');
  });

  it('of any JSON is read, or rejected with a NotationError', () => {
    const members = fc.record(
      {
        name: fc.oneof(fc.constant('a'), fc.jsonValue()),
        globalPolicy: fc.oneof(fc.boolean(), fc.jsonValue()),
        signatureVerification: fc.oneof(fc.constant({ level: 'skip' }), fc.jsonValue()),
        trustStores: fc.jsonValue(),
        trustedIdentities: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(members, fc.jsonValue()), { maxLength: 3 }), (statements) => {
        try {
          parseBlob(statements);
        } catch (error) {
          if (!isNotationError(error)) throw error;
        }
      }),
    );
  });
});
