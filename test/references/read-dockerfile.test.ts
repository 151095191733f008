import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/references/index.ts';

const find = (text: string, buildArgs?: Record<string, string>) => {
  const { references, unresolved } = findReferences(text, { kind: 'dockerfile', buildArgs });
  return {
    references: references.map(({ reference, location }) => [reference, location.line, location.column]),
    unresolved: unresolved.map(({ text, reason, location }) => [text, reason, location.line]),
  };
};
const names = (text: string, buildArgs?: Record<string, string>) =>
  find(text, buildArgs).references.map(([reference]) => reference);

describe('a Dockerfile', () => {
  it('names the images that stages start from, but neither stages nor scratch', () => {
    const text = `FROM golang:1 AS build
FROM build as Tests
FROM tests
FROM scratch
  from   alpine:3
`;
    expect(find(text)).toEqual({
      references: [
        ['golang:1', 1, 6],
        ['alpine:3', 5, 10],
      ],
      unresolved: [],
    });
  });

  it('may name an image like a stage that comes later', () => {
    expect(names('FROM alpine AS alpine\nFROM alpine\n')).toEqual(['alpine']);
  });

  it('names what uses an image, and its platform', () => {
    const text = 'FROM --platform=linux/arm64 alpine:3 AS base\nFROM --platform=$BUILDPLATFORM busybox:1\n';
    expect(findReferences(text).references).toEqual([
      {
        reference: 'alpine:3',
        usage: 'FROM, stage base',
        platform: 'linux/arm64',
        location: { file: '-', line: 1, column: 29 },
      },
      { reference: 'busybox:1', usage: 'FROM, stage 1', location: { file: '-', line: 2, column: 32 } },
    ]);
    const [, busybox] = findReferences(text, { buildArgs: { BUILDPLATFORM: 'linux/amd64' } }).references;
    expect(busybox?.platform).toBe('linux/amd64');
  });

  it.each([
    ['ARG V=3\nFROM alpine:$V', {}, 'alpine:3'],
    ['ARG V=3\nFROM alpine:$V', { V: '4' }, 'alpine:4'],
    ['ARG A=3 B="x-$A"\nFROM alpine:$B', {}, 'alpine:x-3'],
    ['ARG V=\'3\'\nFROM "alpine:$V"', {}, 'alpine:3'],
    ['ARG V\nFROM alpine:$\x7bV:-3}', {}, 'alpine:3'],
    ['ARG V\nFROM alpine:$V', { V: '4' }, 'alpine:4'],
    ['ARG IMAGE=build\nFROM golang:1 AS build\nFROM $IMAGE', {}, undefined],
    ['FROM app:$TARGETARCH', { TARGETARCH: 'arm64' }, 'app:arm64'],
  ])('replaces the arguments of %j, given %j', (text, buildArgs, reference) => {
    expect(names(text, buildArgs).filter((name) => name !== 'golang:1')[0]).toBe(reference);
  });

  it.each([
    ['FROM $IMAGE', 'the variable IMAGE is not set'],
    ['ARG IMAGE\nFROM $IMAGE', 'the variable IMAGE is not set'],
    ['FROM alpine:3\nARG V=3\nFROM alpine:$V', 'the variable V is not set'],
    ['ARG V=3.1\nFROM alpine:$\x7bV%.*}', 'the variable V has an operator that is not supported'],
    ["ARG V=3\nFROM 'alpine:$V'", expect.stringContaining('$V')],
    ['FROM', 'it has no image'],
    ['RUN true', 'it has no FROM'],
    ['', 'it has no FROM'],
    ['FROM a\nCOPY --from=$STAGE / /', expect.stringContaining('Docker replaces no variables here')],
  ])('reports %j, of which the image is not known', (text, reason) => {
    expect(find(text).unresolved).toMatchObject([[expect.any(String), reason, expect.any(Number)]]);
  });

  it('does not use build arguments that it does not declare', () => {
    expect(find('FROM $IMAGE', { IMAGE: 'alpine:3' }).unresolved).toHaveLength(1);
  });

  it('names the images that it copies from and mounts', () => {
    const text = `FROM golang:1 AS build
FROM alpine:3
COPY --chown=1:1 --from=busybox:1 /bin /bin
COPY --from=build /app /app
COPY --from=0 /app /app
RUN --mount=type=cache,target=/x --mount=type=bind,from=a/tools:1,target=/y make --mount=from=no
ONBUILD COPY --from=a/late:1 / /
`;
    expect(names(text)).toEqual(['golang:1', 'alpine:3', 'busybox:1', 'a/tools:1', 'a/late:1']);
  });

  it('names the image of the syntax directive, but not one of a comment', () => {
    expect(find('# syntax=docker/dockerfile:1\nFROM alpine:3').references).toEqual([
      ['docker/dockerfile:1', 1, 10],
      ['alpine:3', 2, 6],
    ]);
    expect(names('# a comment\n# syntax=docker/dockerfile:1\nFROM alpine:3')).toEqual(['alpine:3']);
  });

  it('joins continued lines, with comments and empty lines between them', () => {
    const text = 'FROM \\\n# a comment\n\n  alpine:3 \\  \n AS base\nRUN a \\\n  FROM b\n';
    expect(find(text).references).toEqual([['alpine:3', 4, 3]]);
  });

  it('continues lines at the escape character of its directive', () => {
    const text = '# escape=`\nFROM `\n  alpine:3\nRUN C:\\\nFROM busybox:1\n';
    expect(names(text)).toEqual(['alpine:3', 'busybox:1']);
  });

  it('skips here-documents', () => {
    const text = `FROM alpine:3
RUN <<EOF cat <<-"END"
FROM no:1
EOF
FROM no:2
\tEND
COPY <<'x.txt' /x
FROM no:3
x.txt
RUN echo "<<EOF"
FROM busybox:1
`;
    expect(names(text)).toEqual(['alpine:3', 'busybox:1']);
  });

  it('reads line ends of Windows', () => {
    expect(find('FROM alpine:3\r\nFROM \\\r\n  busybox:1\r\n').references).toEqual([
      ['alpine:3', 1, 6],
      ['busybox:1', 3, 3],
    ]);
  });
});
