import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/references/index.ts';

/** Writes a variable of a compose file. */
const variable = (text: string) => `$\{${text}}`;

const find = (services: string, variables?: Record<string, string>) =>
  findReferences(`services:\n${services}`, { file: 'compose.yaml', variables });

const imageOf = (image: string, variables?: Record<string, string>) => {
  const { references, unresolved } = find(`  web: { image: '${image}' }\n`, variables);
  return references[0]?.reference ?? unresolved[0]?.reason;
};

describe('a compose file', () => {
  it('names the images of its services, with their platforms, and of image volumes', () => {
    const text = `  web:
    image: nginx:1
    platform: linux/arm64
    volumes:
      - ./data:/data
      - type: image
        source: a/assets:1
  db: { image: postgres:16 }
`;
    const { kind, references, unresolved } = find(text);
    expect({ kind, unresolved }).toEqual({ kind: 'compose', unresolved: [] });
    expect(references).toEqual([
      {
        reference: 'nginx:1',
        usage: 'service "web"',
        platform: 'linux/arm64',
        location: { file: 'compose.yaml', line: 3, column: 12 },
      },
      {
        reference: 'a/assets:1',
        usage: 'service "web", volume',
        location: { file: 'compose.yaml', line: 8, column: 17 },
      },
      {
        reference: 'postgres:16',
        usage: 'service "db"',
        location: { file: 'compose.yaml', line: 9, column: 16 },
      },
    ]);
  });

  it.each([
    ['$TAG', { TAG: '2' }, 'app:2'],
    [variable('TAG'), { TAG: '2' }, 'app:2'],
    [variable('TAG:-1'), {}, 'app:1'],
    [variable('TAG-1'), {}, 'app:1'],
    [variable('TAG:-1'), { TAG: '' }, 'app:1'],
    [variable('TAG:-1'), { TAG: '2' }, 'app:2'],
    [variable('TAG:?is required'), { TAG: '2' }, 'app:2'],
    [variable('TAG:+3'), { TAG: '2' }, 'app:3'],
    [variable(`TAG:-${variable('OTHER:-4')}`), {}, 'app:4'],
    [variable(`TAG:-${variable('OTHER')}`), { TAG: '2' }, 'app:2'],
  ])('replaces %s where a value or a default is known: %j', (text, variables, reference) => {
    expect(imageOf(`app:${text}`, variables)).toBe(reference);
  });

  it.each([
    ['$TAG', 'the variable TAG is not set'],
    [variable('TAG'), 'the variable TAG is not set'],
    [variable('TAG:?is required'), 'the variable TAG is not set'],
    [variable('TAG%x'), 'the variable TAG has an operator that is not supported'],
    ['${TAG:-1', 'a variable in it has no closing }'],
    ['${TAG', 'the variable TAG has an operator that is not supported'],
    ['$1', 'it has a variable without a name'],
    [variable('constructor'), 'the variable constructor is not set'],
    ['$$TAG', expect.stringContaining('$TAG')],
  ])('reports %s, of which the value is not known', (text, reason) => {
    expect(imageOf(`app:${text}`)).toEqual(reason);
  });

  it.each([
    ['{ build: . }', 'it is built, and its image has no name'],
    ['{ extends: { service: base } }', 'it extends another service, which is not read'],
    ['{ command: run }', 'it has no image'],
    ['{ image: [a] }', 'its image is not a string'],
    ['true', 'it is not a mapping'],
  ])('reports the service %s', (service, reason) => {
    expect(find(`  web: ${service}\n`)).toMatchObject({
      references: [],
      unresolved: [{ usage: 'service "web"', reason, location: { file: 'compose.yaml', line: 2 } }],
    });
  });

  it('reports the files that it includes, and that it has no services', () => {
    const reasons = (text: string) =>
      findReferences(text, { file: 'compose.yaml' }).unresolved.map(({ reason }) => reason);
    expect(reasons('include: [other.yaml]\n')).toEqual(['the files that it includes are not read']);
    expect(reasons('networks: {}\n')).toEqual(['it has no services']);
  });

  it('follows merge keys', () => {
    const text = 'x-app: &app { image: "a/app:1" }\nservices:\n  web: { <<: *app }\n  worker: *app\n';
    const { references } = findReferences(text, { file: 'compose.yaml' });
    expect(references.map(({ reference }) => reference)).toEqual(['a/app:1', 'a/app:1']);
  });
});
