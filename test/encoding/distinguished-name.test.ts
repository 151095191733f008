import { describe, expect, it } from 'vitest';
import { formatDistinguishedName } from '../../src/encoding/distinguished-name.ts';

const attributes = (...pairs: [type: string, value: string][]) =>
  pairs.map(([type, value]) => ({ type, value }));

describe('a name as people read it', () => {
  it('has the last attribute first', () => {
    expect(formatDistinguishedName(attributes(['C', 'US'], ['O', 'Acme'], ['CN', 'x']))).toBe(
      'CN=x,O=Acme,C=US',
    );
  });

  it('escapes characters with a meaning', () => {
    expect(formatDistinguishedName(attributes(['O', ' a,b+c"d\\e<f>g;h ']))).toBe(
      'O=\\ a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ',
    );
  });

  it('escapes invisible characters', () => {
    expect(formatDistinguishedName(attributes(['O', 'a\n\u202eb\0']))).toBe('O=a\\0a\\e2\\80\\aeb\\00');
  });
});
