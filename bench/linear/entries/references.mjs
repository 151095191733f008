import { fill } from './inputs.mjs';

export default [
  {
    of: 'references/find-references.ts findReferences',
    shape: 'containers of a pod',
    n: 2000,
    input: (n) =>
      `kind: Pod\nspec:\n  containers:\n${fill(n, (i) => `    - name: c${i}\n      image: a/b:${i}\n`).join('')}`,
    call: (f, text) => f(text, { kind: 'kubernetes' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'members of a mapping',
    n: 20_000,
    input: (n) => `kind: ConfigMap\ndata:\n${fill(n, (i) => `  m${i}: 1\n`).join('')}`,
    call: (f, text) => f(text, { kind: 'kubernetes' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'documents',
    n: 2000,
    input: (n) => 'kind: Service\n---\n'.repeat(n),
    call: (f, text) => f(text, { kind: 'kubernetes' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'anchors and aliases',
    n: 1000,
    input: (n) =>
      `services:\n${fill(n, (i) => `  s${i}: &a${i} { image: "a:1" }\n  t${i}: *a${i}\n`).join('')}`,
    call: (f, text) => f(text, { kind: 'compose' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'brackets that never close',
    n: 10_000,
    input: (n) => '['.repeat(n),
    call: (f, text) => f(text, { kind: 'kubernetes' }),
    throws: 'ERR_LIMIT_EXCEEDED',
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'a long string',
    n: 50_000,
    input: (n) => `kind: "${'a '.repeat(n)}"`,
    call: (f, text) => f(text, { kind: 'kubernetes' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'a Dockerfile of stages',
    n: 2000,
    input: (n) => fill(n, (i) => `FROM a:${i} AS s${i}\nCOPY --from=s${i} / /\n`).join(''),
    call: (f, text) => f(text, { kind: 'dockerfile' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'here-documents that never end',
    n: 20_000,
    input: (n) => `FROM a:1\n${'RUN <<A <<B <<C\n'.repeat(n)}`,
    call: (f, text) => f(text, { kind: 'dockerfile' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'a continued line',
    n: 50_000,
    input: (n) => `FROM a:1\nRUN ${'a \\\n'.repeat(n)}b`,
    call: (f, text) => f(text, { kind: 'dockerfile' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'variables that never close',
    n: 50_000,
    input: (n) => `services: { a: { image: '${'${A:-'.repeat(n)}' } }`,
    call: (f, text) => f(text, { kind: 'compose' }),
  },
  {
    of: 'references/find-references.ts findReferences',
    shape: 'a list with comments',
    n: 100_000,
    input: (n) => `a:1${'#'.repeat(n)}\n`,
    call: (f, text) => f(text, { kind: 'list' }),
  },
];
