import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FindReferencesOptions, findReferences } from '../../src/references/index.ts';
import { formatLine } from '../../src/report/index.ts';
import { failure } from '../encoding/failure.ts';

const at = (text: string, options?: FindReferencesOptions) => {
  const { references, unresolved } = findReferences(text, options);
  return {
    references: references.map(({ reference, location }) => [reference, location.line, location.column]),
    unresolved: unresolved.map(({ text, reason, location }) => [text, reason, location.line]),
  };
};

describe('findReferences', () => {
  it('detects each kind by its content', () => {
    const kinds = [
      'apiVersion: v1\nkind: Pod\nspec: { containers: [] }',
      '{"apiVersion": "v1", "kind": "Pod", "spec": {}}',
      'services:\n  web:\n    image: nginx:1\n',
      '# a comment\nFROM alpine:3\n',
      'ARG V=1\nFROM alpine:$V\n',
      '# images\nalpine:3\n',
      'registry.example.com:5000/app:v1 # the app\n',
    ].map((text) => findReferences(text).kind);
    expect(kinds).toEqual([
      'kubernetes',
      'kubernetes',
      'compose',
      'dockerfile',
      'dockerfile',
      'list',
      'list',
    ]);
  });

  it.each([
    ['build/Dockerfile', 'RUN true', 'dockerfile'],
    ['Dockerfile.prod', 'RUN true', 'dockerfile'],
    ['app.dockerfile', 'RUN true', 'dockerfile'],
    ['Containerfile', 'RUN true', 'dockerfile'],
    ['docker-compose.override.yml', 'networks: {}', 'compose'],
    ['C:\\work\\compose.yaml', 'networks: {}', 'compose'],
    ['images.txt', 'services: {}', 'list'],
    ['empty.yaml', '', 'kubernetes'],
  ])('detects the kind of %s by its name', (file, text, kind) => {
    expect(findReferences(text, { file }).kind).toBe(kind);
  });

  it('rejects a file of which nothing tells the kind', () => {
    const message = failure(
      () => findReferences('replicas: 3', { file: 'values.yaml' }),
      'ERR_ARGUMENT_INVALID',
    );
    expect(message).toContain('"values.yaml"');
  });

  it('rejects a kind that does not exist', () => {
    const options = { kind: 'toString' } as unknown as FindReferencesOptions;
    expect(failure(() => findReferences('', options), 'ERR_ARGUMENT_INVALID')).toContain('kubernetes');
  });

  it('reads bytes with a byte order mark', () => {
    const bytes = new TextEncoder().encode('\ufeffalpine:3\n');
    expect(at(bytes as unknown as string).references).toEqual([['alpine:3', 1, 1]]);
  });

  it('rejects bytes that are not UTF-8', () => {
    const bytes = Uint8Array.of(0xff, 0xfe);
    const message = failure(() => findReferences(bytes, { file: 'pod.yaml' }), 'ERR_ENCODING_INVALID');
    expect(message).toContain('"pod.yaml"');
  });

  it('rejects a file that is too large', () => {
    failure(() => findReferences(' '.repeat(8 * 2 ** 20 + 1)), 'ERR_LIMIT_EXCEEDED');
  });

  it('rejects a file that names too many images', () => {
    failure(() => findReferences('a:1\n'.repeat(10_001), { kind: 'list' }), 'ERR_LIMIT_EXCEEDED');
  });

  it('throws only errors with a code, whatever the file is', () => {
    const kind = fc.constantFrom(
      'kubernetes' as const,
      'compose' as const,
      'dockerfile' as const,
      'list' as const,
    );
    const token = fc.constantFrom(
      ...[
        'kind: Pod',
        'spec:',
        'containers:',
        'image: ',
        'services:',
        '<<: *a',
        '&a',
        '*a',
        '- ',
        '  ',
        '\n',
        '"',
        "'",
      ],
      ...[
        'FROM ',
        'ARG A=',
        '$A',
        '${A',
        '$',
        '{A:-b}',
        ' AS x',
        '\\\n',
        'RUN <<E\n',
        'E\n',
        '# escape=`\n',
        '{',
        '[',
        '}',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(token, { maxLength: 40 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, kind, (content, kind) => {
        try {
          findReferences(content, { kind });
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^ERR_(ENCODING_INVALID|LIMIT_EXCEEDED)$/),
          });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a list of references', () => {
  it('has one reference a line, and comments', () => {
    const text = `# all\n\n  alpine:3 \t# small\r\nregistry.example.com/a@sha256:${'a'.repeat(64)}\n#x\n`;
    expect(at(text, { kind: 'list' })).toEqual({
      references: [
        ['alpine:3', 3, 3],
        [`registry.example.com/a@sha256:${'a'.repeat(64)}`, 4, 1],
      ],
      unresolved: [],
    });
  });

  it('reports a line that is not a reference', () => {
    const { references, unresolved } = at('alpine 3\nUPPER/case:1\n', { kind: 'list' });
    expect(references).toEqual([]);
    expect(unresolved.map(([text, , line]) => [text, line])).toEqual([
      ['alpine 3', 1],
      ['UPPER/case:1', 2],
    ]);
  });
});

describe('what cannot be resolved', () => {
  it('is an evaluation that reports can show', () => {
    const { unresolved } = findReferences('FROM $BASE\nFROM\n', { file: 'Dockerfile' });
    expect(unresolved.map(formatLine)).toEqual([
      'misconfigured: $BASE (Dockerfile:1:6): FROM, stage 0: the variable BASE is not set [ERR_REFERENCE_INVALID]',
      'misconfigured: "" (Dockerfile:2:1): FROM, stage 1: it has no image [ERR_REFERENCE_INVALID]',
    ]);
  });
});
