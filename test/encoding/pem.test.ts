import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePem, encodePem } from '../../src/encoding/pem.ts';
import { failure, outcome } from './failure.ts';

const block = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3));
const invalid = (text: string) => failure(() => decodePem(text), 'ERR_ENCODING_INVALID');

describe('PEM', () => {
  it('is written in lines of 64 characters', () => {
    const lines = encodePem('X', new Uint8Array(100)).split('\n');
    expect(lines.map((line) => line.length)).toEqual([17, 64, 64, 8, 15, 0]);
  });

  it('decodes its own output', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (der) => {
        expect(decodePem(encodePem('CERTIFICATE', der))).toEqual([
          { label: 'CERTIFICATE', headers: [], der },
        ]);
      }),
    );
  });

  it('returns several blocks in their order', () => {
    const blocks = decodePem(block + encodePem('PRIVATE KEY', Uint8Array.of(4)));
    expect(blocks.map(({ label }) => label)).toEqual(['CERTIFICATE', 'PRIVATE KEY']);
  });

  it('ignores text outside of blocks', () => {
    expect(decodePem(`subject=CN=a\n${block}\n0 s: CN=b\n`)).toHaveLength(1);
  });

  it.each([
    ['CRLF', block.replaceAll('\n', '\r\n')],
    ['spaces at the ends of lines', block.replaceAll('\n', ' \t\n')],
    ['no final newline', block.trimEnd()],
    ['other lengths of lines', '-----BEGIN CERTIFICATE-----\nA\nQ\nID\n-----END CERTIFICATE-----'],
  ])('is read with %s', (_, text) => {
    expect(decodePem(text)).toEqual([{ label: 'CERTIFICATE', headers: [], der: Uint8Array.of(1, 2, 3) }]);
  });

  it.each([
    ['an open block', '-----BEGIN A-----\nAAAA', 'PEM: block "A" has no END line'],
    [
      'a block in a block',
      '-----BEGIN A-----\n-----BEGIN B-----\n-----END B-----',
      'PEM: block "A" contains another block',
    ],
    ['another end', '-----BEGIN A-----\n-----END B-----', 'PEM: END "B" closes no block'],
    ['an end only', '-----END A-----', 'PEM: END "A" closes no block'],
    ['no base64', '-----BEGIN A-----\n****\n-----END A-----', 'the PEM block "A" is not canonical base64'],
    [
      'a header behind the content',
      '-----BEGIN A-----\nAAAA\nrole: root\n-----END A-----',
      'the PEM block "A" is not canonical base64',
    ],
    [
      'a byte order mark',
      `\ufeff${block}`,
      'the PEM begins with a byte order mark of UTF-8: save it as UTF-8 without one',
    ],
    [
      'base64 that is not complete',
      '-----BEGIN A-----\nAAA\n-----END A-----',
      'the PEM block "A" is not canonical base64',
    ],
  ])('is rejected with %s', (_, text, reason) => {
    expect(invalid(text)).toBe(reason);
  });

  it('is read with headers in front of the content', () => {
    const text = '-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nrole: root\n\nAAAA\n-----END A-----';
    expect(decodePem(text)).toEqual([
      { label: 'A', headers: ['Proc-Type: 4,ENCRYPTED', 'role: root'], der: new Uint8Array(3) },
    ]);
  });

  it('is read from bytes with Latin-1 text around the blocks', () => {
    const text = `# caf\u00e9\n${block}`;
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    expect(decodePem(bytes)).toEqual(decodePem(block));
  });

  it.each([
    ['UTF-8', [0xef, 0xbb, 0xbf]],
    ['UTF-16', [0xff, 0xfe]],
    ['UTF-16', [0xfe, 0xff]],
  ])('is rejected in bytes that begin with a byte order mark of %s', (encoding, mark) => {
    const bytes = Uint8Array.of(...mark, ...new TextEncoder().encode(block));
    const reason = failure(() => decodePem(bytes), 'ERR_ENCODING_INVALID');
    expect(reason).toContain(`byte order mark of ${encoding}`);
  });

  it('is rejected in a message of bounded length', () => {
    expect(invalid(`-----BEGIN ${'A'.repeat(10_000)}-----`).length).toBeLessThan(250);
  });

  it('returns no blocks for other text', () => {
    expect(decodePem('')).toEqual([]);
    expect(decodePem('-----BEGIN-----\n----- BEGIN A-----')).toEqual([]);
  });

  it('returns blocks or throws a NotationError for any string', () => {
    const line = fc.constantFrom(
      '-----BEGIN A-----',
      '-----END A-----',
      '-----BEGIN B-----',
      '-----END B-----',
      'AAAA',
      'A=',
      '',
      ' ',
      '-----',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (lines, separator) => {
          outcome(() => decodePem(lines.join(separator)));
        },
      ),
      { numRuns: 500 },
    );
  });

  // The test timeout fails a reader whose time is quadratic.
  it('is read with very many blocks', () => {
    expect(decodePem('-----BEGIN A-----\nAAAA\n-----END A-----\n'.repeat(50_000))).toHaveLength(50_000);
  });

  it('is read next to a line of very many spaces', () => {
    expect(decodePem(`${' '.repeat(4_000_000)}x\n${block}`)).toHaveLength(1);
  });
});

describe('a PEM block that other readers do not see', () => {
  const pem = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3));

  it.each([
    ['is indented', pem.replace(/^/gm, ' ')],
    ['comes after a byte order mark', `\ufeff${pem}`],
    ['has lines that end with a carriage return only', pem.replaceAll('\n', '\r')],
    ['comes after a vertical tab', `\v${pem}`],
  ])('is not seen here when it %s', (_, text) => {
    let labels: string[] = [];
    try {
      labels = decodePem(text).map(({ label }) => label);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_ENCODING_INVALID' });
    }
    expect(labels).toEqual([]);
  });
});
