import { fill, json } from './inputs.mjs';

const policy = (statements) => json({ version: '1.0', trustPolicies: statements });
const statement = (i, more) => ({
  name: `statement${i}`,
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['*'],
  ...more,
});
const ANY_KIND = {
  readStatement: (_, _dialect, report) => report([], 'is rejected'),
  checkTogether: () => undefined,
};

export default [
  {
    of: 'policy/read-document.ts parsePolicy',
    n: 20,
    input: (n) => json({ version: '1.0', trustPolicies: fill(n, () => 0) }),
    call: (f, bytes) => f(bytes, {}, ANY_KIND),
    throws: 'ERR_POLICY_INVALID',
  },
  {
    of: 'policy/read-document.ts readPolicy',
    n: 20,
    input: (n) => json({ version: '1.0', trustPolicies: fill(n, () => 0) }),
    call: (f, bytes) => f(bytes, {}, ANY_KIND),
  },
  {
    of: 'policy/distinguished-name.ts parseDistinguishedName',
    n: 250,
    input: (n) => fill(n / 5, (i) => `A${i}=a`).join(','),
  },
  {
    of: 'policy/trust-stores.ts readTrustStores',
    n: 1000,
    input: (n) => fill(n, (i) => `ca:a${i}`),
    call: (f, values) => f(values, () => undefined),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'statements',
    n: 250,
    input: (n) => policy(fill(n, (i) => statement(i, { registryScopes: [`registry.example/a${i}`] }))),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'identities',
    n: 5,
    input: (n) =>
      policy(
        fill(n, (i) =>
          statement(i, {
            registryScopes: [`registry.example/a${i}`],
            trustedIdentities: fill(100, (j) => `x509.subject: C=US,ST=WA,O=acme${j}`),
          }),
        ),
      ),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'scopes',
    n: 500,
    input: (n) => policy([statement(0, { registryScopes: fill(n, (i) => `registry.example/a${i}`) })]),
  },
  {
    of: 'policy/parse-blob.ts parseBlobTrustPolicy',
    n: 60,
    input: (n) => policy(fill(n, (i) => statement(i))),
  },
];
