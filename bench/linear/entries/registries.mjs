export default [
  { of: 'registries/ecr-host.ts readEcrHost', n: 20_000, input: (n) => `${'1'.repeat(n)}.dkr.ecr.` },
];
