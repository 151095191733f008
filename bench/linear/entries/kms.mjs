export default [
  {
    of: 'kms/google/key-version-name.ts readKeyVersionName',
    shape: 'a long project',
    n: 100_000,
    input: (n) => `projects/${'a.'.repeat(n)}/`,
    throws: 'ERR_ARGUMENT_INVALID',
  },
  {
    of: 'kms/google/key-version-name.ts readKeyVersionName',
    shape: 'a long version',
    n: 100_000,
    input: (n) => `projects/a/locations/a/keyRings/a/cryptoKeys/a/cryptoKeyVersions/${'1'.repeat(n)}x`,
    throws: 'ERR_ARGUMENT_INVALID',
  },
];
