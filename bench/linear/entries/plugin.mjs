export default [
  {
    of: 'plugin/responses.ts decodeBytes',
    n: 200_000,
    input: (n) => 'AAAA'.repeat(n),
    call: (f, text) => f({ name: 'plugin' }, 'signature', text),
  },
  { of: 'plugin/responses.ts pluginText', n: 200_000, input: (n) => '\n '.repeat(n) },
  { of: 'plugin/version.ts parseVersion', n: 50_000, input: (n) => `1.0.0-${'a.'.repeat(n)}` },
];
