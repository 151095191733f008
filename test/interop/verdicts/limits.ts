import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as der from '../../support/der.ts';
import { extensions, forgeChain, purposes } from '../../support/forge.ts';
import { acme, jwsFor, pushSignature, stranger } from '../support/signatures.ts';
import { policy, statementFor, type VerdictCase } from '../support/verdict.ts';
import { by } from './certificates.ts';

const stricter = (row: string, code: NonNullable<VerdictCase['code']> = 'ERR_LIMIT_EXCEEDED') =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code }) as const;

const many = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));
const statements = (length: number) => (scope: string) => ({
  version: '1.0',
  trustPolicies: [
    statementFor(scope),
    ...many(length - 1, (index) => statementFor(`registry.example.com/${index}`, { name: `${index}` })),
  ],
});
const MiB = 1024 * 1024;

const signerExtensions = (count: number) => [
  extensions.keyUsage(['digitalSignature']),
  extensions.extendedKeyUsage([purposes.codeSigning]),
  ...many(count - 2, (index) => extensions.of(`1.3.6.1.4.1.55555.${index}`, der.nullValue())),
];

/** Values beyond the limits. */
export const limitCases: readonly VerdictCase[] = [
  { name: 'a policy of 1000 statements', policy: statements(1000), expect: 'verified' },
  { name: 'a policy of 1001 statements', policy: statements(1001), ...stricter('policy-size') },
  {
    name: 'a policy of more than 1 MiB',
    policy: (scope) => `${JSON.stringify(policy(scope))}${' '.repeat(MiB)}`,
    ...stricter('policy-size'),
  },
  {
    name: 'a store of 1001 files',
    configure: async (cli) => {
      const directory = await cli.trustStore('ca:acme');
      await Promise.all(many(1001, (index) => writeFile(join(directory, `${index}.pem`), acme.root.pem)));
    },
    ...stricter('store-size', 'ERR_TRUST_STORE_INVALID'),
  },
  {
    name: 'a file of more than 4 MiB in a store',
    trust: {
      'ca:acme': [stranger.root.pem.repeat(Math.ceil((4 * MiB) / stranger.root.pem.length)) + acme.root.pem],
    },
    ...stricter('store-size', 'ERR_TRUST_STORE_INVALID'),
  },
  {
    name: 'a JWS of more than 16 MiB',
    sign: (target) =>
      pushSignature(target, jwsFor(target, { unprotected: { 'com.example.note': 'x'.repeat(17 * MiB) } })),
    ...stricter('envelope-size'),
  },
  {
    name: 'a leaf of 64 extensions',
    ...by(forgeChain({ leaf: { extensions: signerExtensions(64) } }).chain),
    expect: 'verified',
  },
  {
    name: 'a leaf of 65 extensions',
    ...by(forgeChain({ leaf: { extensions: signerExtensions(65) } }).chain),
    ...stricter('certificate-form', 'ERR_CERTIFICATE_INVALID'),
  },
  {
    name: 'a leaf of more than 64 KiB',
    ...by(
      forgeChain({
        leaf: {
          extensions: [
            ...signerExtensions(2),
            extensions.of('1.3.6.1.4.1.55555.1', der.octetString(new Uint8Array(64 * 1024))),
          ],
        },
      }).chain,
    ),
    ...stricter('certificate-form'),
  },
];
