export default [
  { of: 'errors/quote.ts quote', n: 500_000, input: (n) => '\u202e'.repeat(n) },
  { of: 'errors/quote.ts oneLine', n: 500_000, input: (n) => ' '.repeat(n) },
  { of: 'errors/quote.ts escapeUnprintable', n: 10_000, input: (n) => '\u0001'.repeat(n) },
];
