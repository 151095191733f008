import { describe, expect, it } from 'vitest';
import { parse, refusal, statement } from './documents.ts';

describe('a trust store of a statement', () => {
  it.each(['ca:a', 'signingAuthority:A_b.c-d', 'tsa:...'])('may be %s', (store) => {
    expect(parse([statement({ trustStores: [store] })]).statements[0]?.trustStores[0]?.name).toBe(
      store.slice(store.indexOf(':') + 1),
    );
  });

  it.each([
    'ca',
    'ca:',
    'CA:a',
    'other:a',
    ':a',
    'ca:a/b',
    'ca:.',
    'ca:..',
    'ca:a b',
    'ca:*',
    'ca:a:b',
    '*',
    ' ca:a',
  ])('cannot be %j', (store) => {
    expect(refusal([statement({ trustStores: [store] })])).toContain('is not a named store');
  });

  it('that is written twice counts once', () => {
    expect(parse([statement({ trustStores: ['ca:a', 'ca:a'] })]).statements[0]?.trustStores).toEqual([
      { type: 'ca', name: 'a' },
    ]);
  });
});
