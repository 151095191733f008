import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMetadata } from '../../src/dct/metadata.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { canonicalText, forgeTrust } from '../support/forge-trust.ts';

const { files } = forgeTrust({ tags: { v1: 'ab'.repeat(32) } });

describe('a file of metadata', () => {
  it.each(Object.keys(files))('%s is read with what is signed and the signatures', (role) => {
    const bytes = files[role] ?? new Uint8Array();
    const { signed } = JSON.parse(new TextDecoder().decode(bytes));
    const metadata = readMetadata(role, bytes);
    expect(new TextDecoder().decode(metadata.message)).toBe(canonicalText(signed));
    expect(metadata.signatures).toHaveLength(1);
    expect(metadata.signatures[0]?.bytes).toHaveLength(64);
  });

  it('with any byte changed is read, or rejected with a code', () => {
    const bytes = files.targets ?? new Uint8Array();
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(change, ([at, value]) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        try {
          return readMetadata('targets', changed).signatures.length > 0;
        } catch (error) {
          return isNotationError(error);
        }
      }),
    );
  });

  it('of any JSON is rejected with a code', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => readMetadata('root', new TextEncoder().encode(text))).toThrow(
          expect.objectContaining({ name: 'NotationError' }),
        );
      }),
    );
  });

  it('that is nested without end is rejected', () => {
    const text = `{"signed":${'{"a":'.repeat(100)}1${'}'.repeat(100)},"signatures":[]}`;
    expect(() => readMetadata('root', new TextEncoder().encode(text))).toThrow(
      expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED' }),
    );
  });
});
