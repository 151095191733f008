import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DerReader } from '../../src/asn1/der-reader.ts';
import { objectIdentifier } from '../../src/asn1/der-writer.ts';
import { Oid } from '../../src/asn1/oids.ts';
import { readOid } from '../../src/asn1/values.ts';

/** A whole string that is an object identifier of three arcs or more, but neither a version nor an IP address. */
const DOTTED = /(['"`])[0-2]\.\d+\.\d+(?:\.\d+)*\1/g;
const OTHERS = ["'0.1.0'", "'1.0.0'", "'2.1.0'"];

describe('the table of object identifiers', () => {
  it('has each of them once', () => {
    const dotted = Object.values(Oid);
    expect(new Set(dotted).size).toBe(dotted.length);
  });

  it.each(Object.entries(Oid))('has one that can be written and read: %s', (_, dotted) => {
    expect(readOid(new DerReader(objectIdentifier(dotted), 'thing', 'ERR_ENCODING_INVALID'))).toBe(dotted);
  });

  it('is the only place in src that spells one out', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const elsewhere = files
      .filter((path) => path !== join('asn1', 'oids.ts'))
      .flatMap((path) => readFileSync(join('src', path), 'utf8').match(DOTTED) ?? [])
      .filter((text) => !OTHERS.includes(text));
    expect(files.length).toBeGreaterThan(100);
    expect(elsewhere).toEqual([]);
  });
});
