import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrustPolicy, selectStatement } from '../../../src/policy/index.ts';
import {
  type MergeOptions,
  mergeBlobTrustPolicies,
  mergeTrustPolicies,
} from '../../../src/policy/tools/index.ts';
import {
  blobStatement,
  document,
  failure,
  parse,
  parseBlob,
  skipStatement,
  statement,
} from '../documents.ts';

const scoped = (name: string, ...registryScopes: string[]) => statement({ name, registryScopes });
const audited = (name: string, ...registryScopes: string[]) =>
  statement({ name, registryScopes, signatureVerification: { level: 'audit' } });
const global = (name: string, changes = {}) => blobStatement({ name, globalPolicy: true, ...changes });

/** The level and the scopes of each statement of the merged document. */
function merged(documents: unknown[][], options?: MergeOptions): Record<string, unknown> {
  const { document: result } = mergeTrustPolicies(
    documents.map((statements) => document(...statements)),
    options,
  );
  return Object.fromEntries(
    result.trustPolicies.map(({ name, registryScopes, signatureVerification }) => [
      name,
      `${signatureVerification.level} ${registryScopes.join(' ')}`,
    ]),
  );
}

const refusal = (documents: unknown[][], options?: MergeOptions) => failure(() => merged(documents, options));

describe('merging trust policies', () => {
  it('keeps every statement, in the order of the documents', () => {
    const result = merged([[scoped('b', 'r.io/b'), scoped('a', 'r.io/a')], [audited('rest', '*')]]);
    expect(Object.entries(result)).toEqual([
      ['b', 'strict r.io/b'],
      ['a', 'strict r.io/a'],
      ['rest', 'audit *'],
    ]);
  });

  it('counts a statement that several documents have as one', () => {
    const { document: result, resolved } = mergeTrustPolicies([
      document(scoped('a', 'r.io/a')),
      JSON.stringify(document(scoped('b', 'r.io/b'), scoped('a', 'r.io/a'))),
    ]);
    expect(result.trustPolicies.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(resolved).toEqual([]);
  });

  it('finds conflicts between spellings of one repository, and resolves them', () => {
    const documents = [[scoped('a', 'r.io/a')], [audited('b', 'R.io:443/a', 'r.io/b')]];
    expect(refusal(documents)).toContain(
      'registryScopes "r.io/a" is in the statement "a" of document 1, the statement "b" of document 2',
    );
    expect(merged(documents, { onConflict: 'first' })).toEqual({ a: 'strict r.io/a', b: 'audit r.io/b' });
  });

  it('keeps several spellings of one repository in one statement', () => {
    expect(merged([[scoped('a', 'r.io/a', 'R.io/a')]])).toEqual({ a: 'strict r.io/a R.io/a' });
  });

  it('takes policies that were parsed', () => {
    const policy = parse([scoped('a', 'r.io/a')]);
    expect(mergeTrustPolicies([policy]).document).toEqual(document(scoped('a', 'r.io/a')));
    const blobs = parseBlob([global('a')]);
    expect(mergeBlobTrustPolicies([structuredClone(blobs)]).document).toEqual(document(global('a')));
  });

  it('names every conflict at once', () => {
    const message = refusal([
      [scoped('a', 'r.io/a'), scoped('rest', '*')],
      [scoped('a', 'r.io/c'), scoped('b', 'r.io/a', 'r.io/b')],
      [audited('others', '*')],
    ]);
    expect(message).toBe(
      `the trust policies conflict; correct them, or set onConflict to "first" or "last":
- name "a" is in the statement "a" of document 1, the statement "a" of document 2
- registryScopes "r.io/a" is in the statement "a" of document 1, the statement "b" of document 2
- registryScopes "*" is in the statement "rest" of document 1, the statement "others" of document 3`,
    );
  });

  it('finds no conflict between long scopes that differ only at the end', () => {
    const long = (end: string) => `r.io/${'a'.repeat(240)}${end}`;
    expect(merged([[scoped('one', long('x'))], [scoped('other', long('y'))]])).toEqual({
      one: `strict ${long('x')}`,
      other: `strict ${long('y')}`,
    });
  });

  it('leaves a scope with the first document, and the other statement its other scopes', () => {
    const documents = [[scoped('a', 'r.io/a')], [audited('b', 'r.io/a', 'r.io/b')]];
    expect(merged(documents, { onConflict: 'first' })).toEqual({ a: 'strict r.io/a', b: 'audit r.io/b' });
  });

  it('leaves a scope with the last document, and leaves out a statement without scopes', () => {
    const documents = [[scoped('a', 'r.io/a')], [audited('b', 'r.io/a', 'r.io/b')]];
    expect(merged(documents, { onConflict: 'last' })).toEqual({ b: 'audit r.io/a r.io/b' });
  });

  it('keeps a statement whose name is taken under another, for its scopes would lose it', () => {
    const documents = [
      [audited('rest', '*')],
      [scoped('app', 'r.io/a', 'r.io/b'), scoped('app (2)', 'r.io/z')],
      [audited('app', 'r.io/a')],
    ];
    expect(merged(documents, { onConflict: 'last' })).toEqual({
      rest: 'audit *',
      'app (3)': 'strict r.io/b',
      'app (2)': 'strict r.io/z',
      app: 'audit r.io/a',
    });
  });

  it('lets a last document that repeats the first one decide', () => {
    const [first, other] = [scoped('a', 'r.io/a'), audited('b', 'r.io/a')];
    expect(merged([[first], [other], [first]], { onConflict: 'last' })).toEqual({ a: 'strict r.io/a' });
    expect(merged([[other], [first], [other]], { onConflict: 'first' })).toEqual({ b: 'audit r.io/a' });
  });

  it('reports each decision', () => {
    const { resolved } = mergeTrustPolicies(
      [
        document(scoped('a', 'r.io/a'), scoped('c', 'r.io/c')),
        document(audited('a', 'r.io/a', 'r.io/b')),
        document(audited('d', 'r.io/c')),
      ],
      { onConflict: 'first' },
    );
    expect(resolved).toEqual([
      'the statement "a" of document 2 is without registryScopes "r.io/a"',
      'the statement "a" of document 2 is called "a (2)": its name is taken',
      'the statement "d" of document 3 is left out: it is without registryScopes "r.io/c"',
    ]);
  });

  it('of documents of the extended dialect needs that dialect', () => {
    const documents = [[scoped('a', 'r.io/*')], [scoped('b', 'r.io/b')]];
    expect(refusal(documents)).toContain(
      'document 1 of the merge: the trust policy is invalid: statement "a"',
    );
    expect(Object.keys(merged(documents, { dialect: 'extended' }))).toEqual(['a', 'b']);
  });

  it('names the document that is invalid', () => {
    expect(refusal([[scoped('a', 'r.io/a')], [scoped('b')]])).toContain(
      'document 2 of the merge: the trust policy is invalid: statement "b": registryScopes is empty',
    );
  });

  it('names the document that is not JSON', () => {
    const merge = () => mergeTrustPolicies([document(statement()), 'x']);
    expect(failure(merge, 'ERR_ENCODING_INVALID')).toContain('document 2 of the merge');
  });

  it('of more statements than a document may have is rejected', () => {
    const documents = Array.from({ length: 3 }, (_, part) =>
      Array.from({ length: 400 }, (_, index) => scoped(`${part} ${index}`, `r.io/p${part}/i${index}`)),
    );
    expect(failure(() => merged(documents), 'ERR_LIMIT_EXCEEDED')).toContain('more than 1000');
  });

  it.each<[string, unknown, unknown, string]>([
    ['no documents', [], {}, 'an array of at least one'],
    ['a value that is not an array', {}, {}, 'an array of at least one'],
    ['another way to decide', [document(statement())], { onConflict: 'mine' }, 'onConflict must be'],
    ['another dialect', [document(statement())], { dialect: 'loose' }, 'dialect'],
  ])('with %s is rejected', (_, policies, options, message) => {
    const merge = () => mergeTrustPolicies(policies as object[], options as MergeOptions);
    expect(failure(merge, 'ERR_ARGUMENT_INVALID')).toContain(message);
  });

  it('selects for every repository the statement of the document that covers it', () => {
    const levels = fc.constantFrom('strict', 'permissive', 'audit');
    const part = fc.uniqueArray(
      fc.record({ path: fc.constantFrom('a', 'b', 'a/b', 'a/*', '*', 'b/a/*'), level: levels }),
      { minLength: 1, maxLength: 5, selector: ({ path }) => path },
    );
    const options = { dialect: 'extended' } as const;
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const documents = parts.map((statements, index) =>
          document(
            ...statements.map(({ path, level }) =>
              statement({
                name: `${index} ${path}`,
                registryScopes: [`registry${index}.io/${path}`],
                signatureVerification: { level },
              }),
            ),
          ),
        );
        const whole = parseTrustPolicy(mergeTrustPolicies(documents, options).document, options);
        for (const [index, one] of documents.entries()) {
          const policy = parseTrustPolicy(one, options);
          for (const path of ['a', 'b', 'c', 'a/b', 'a/c', 'b/a/c']) {
            const repository = `registry${index}.io/${path}`;
            expect(outcome(() => selectStatement(whole, repository))).toEqual(
              outcome(() => selectStatement(policy, repository)),
            );
          }
        }
      }),
    );
  });

  it('with a winner never moves a scope to a statement that has it in no document', () => {
    const scope = fc.constantFrom('r.io/a', 'r.io/b', 'r.io/c', 'r.io/d');
    const part = fc
      .uniqueArray(
        fc.record({
          name: fc.constantFrom('x', 'y', 'z'),
          scopes: fc.uniqueArray(scope, { minLength: 1, maxLength: 3 }),
          level: fc.constantFrom('strict', 'audit'),
        }),
        { minLength: 1, maxLength: 3, selector: ({ name }) => name },
      )
      .filter((statements) => {
        const scopes = statements.flatMap((one) => one.scopes);
        return new Set(scopes).size === scopes.length;
      });
    const onConflict = fc.constantFrom('first' as const, 'last' as const);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), onConflict, (parts, decides) => {
        const documents = parts.map((statements) =>
          statements.map(({ name, scopes, level }) =>
            statement({ name, registryScopes: scopes, signatureVerification: { level } }),
          ),
        );
        const { document: result } = mergeTrustPolicies(
          documents.map((statements) => document(...statements)),
          { onConflict: decides },
        );
        const whole = parseTrustPolicy(result);
        const ordered = decides === 'first' ? documents : [...documents].reverse();
        for (const repository of ['r.io/a', 'r.io/b', 'r.io/c', 'r.io/d']) {
          const levels = ordered.map((statements) =>
            outcome(() => selectStatement(parse(statements), repository).level),
          );
          const expected = levels.find((level) => level !== NONE) ?? NONE;
          expect(outcome(() => selectStatement(whole, repository).level)).toBe(expected);
        }
      }),
    );
  });
});

const NONE = 'none applies';

function outcome<T>(select: () => T): T | string {
  try {
    return select();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_POLICY_NOT_APPLICABLE') return NONE;
    throw error;
  }
}

describe('merging trust policies for blobs', () => {
  const mergeBlobs = (documents: unknown[][], options?: MergeOptions) =>
    mergeBlobTrustPolicies(
      documents.map((statements) => document(...statements)),
      options,
    );

  it('keeps every statement, and the one that is global', () => {
    const { document: result } = mergeBlobs([[blobStatement()], [global('rest')]]);
    expect(result).toEqual(document(blobStatement(), global('rest')));
  });

  it('rejects two global statements and a name with two meanings', () => {
    const other = global('b', { trustStores: ['ca:other'] });
    const message = failure(() => mergeBlobs([[global('a'), blobStatement({ name: 'b' })], [other]]));
    expect(message).toContain('globalPolicy "true" is in the statement "a" of document 1, the statement "b"');
    expect(message).toContain(
      'name "b" is in the statement "b" of document 1, the statement "b" of document 2',
    );
  });

  it('keeps a statement that is no longer global under its name', () => {
    const { document: result, resolved } = mergeBlobs([[global('a')], [global('b')]], { onConflict: 'last' });
    expect(result.trustPolicies.map(({ name, globalPolicy }) => [name, globalPolicy])).toEqual([
      ['a', undefined],
      ['b', true],
    ]);
    expect(resolved).toEqual(['the statement "a" of document 1 is without globalPolicy "true"']);
  });

  it('leaves out the statement whose name is taken', () => {
    const skip = skipStatement({ name: 'releases', registryScopes: undefined });
    const { document: result, resolved } = mergeBlobs([[blobStatement()], [skip]], { onConflict: 'first' });
    expect(result).toEqual(document(blobStatement()));
    expect(resolved).toEqual(['the statement "releases" of document 2 is left out: its name is taken']);
  });

  it('rejects a policy for OCI artifacts', () => {
    const merge = () => mergeBlobs([[statement()]]);
    expect(failure(merge)).toContain('registryScopes belongs to a trust policy for OCI artifacts');
    expect(failure(() => mergeBlobTrustPolicies([parse([statement()])]))).toContain('unknown members');
  });
});
