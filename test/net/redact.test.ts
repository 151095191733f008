import { describe, expect, it } from 'vitest';
import { createRedact, reasonOfFailure, redactedCause } from '../../src/net/redact.ts';

const plain = createRedact([]);

describe('a redacted string', () => {
  it.each([
    ['as it is', 'got a/b+c d', 'got ***'],
    ['as a form writes it', 'got a%2Fb%2Bc+d', 'got ***'],
    ['as a URL writes it', 'got a%2Fb%2Bc%20d', 'got ***'],
  ])('shows no secret %s', (_, text, safe) => {
    expect(createRedact(['a/b+c d'])(text)).toBe(safe);
  });

  it('keeps strings that are too short to be a secret', () => {
    expect(createRedact(['abc', ''])('abcabc')).toBe('abcabc');
  });

  it.each([
    ['https://host.example/a?sig=hidden&x=1 and more', 'https://host.example/a and more'],
    ['"http://ci:hidden@host.example/a"', '"http://host.example/a"'],
    ['see (https://host.example/?a=hidden)', 'see (https://host.example/)'],
    ['mail@host.example?', 'mail@host.example?'],
  ])('shows no query and no credentials of a URL: %s', (text, safe) => {
    expect(plain(text)).toBe(safe);
  });

  it('may contain a secret with half a surrogate pair', () => {
    expect(createRedact(['pass\ud800word'])('pass%EF%BF%BDword')).toBe('***');
  });

  it.each(['http://', 'https://a@', '?', 'http://a?', '//@'])('is read in linear time: %s', (part) => {
    const redact = createRedact(['a-secret']);
    const text = part.repeat(500_000);
    expect(redact(text).length).toBeLessThanOrEqual(text.length);
  });
});

describe('a failure', () => {
  it('is copied with its causes, without their other properties', () => {
    const inner = Object.assign(new Error('inner hidden'), { code: 'ECONNRESET', request: 'hidden' });
    const outer = new TypeError('outer', { cause: inner });
    const copy = redactedCause(outer, createRedact(['hidden']));
    expect(copy).toMatchObject({ name: 'TypeError', message: 'outer', code: 'ECONNRESET' });
    expect(copy?.cause).toMatchObject({ message: 'inner ***', code: 'ECONNRESET' });
    expect(copy?.cause).not.toHaveProperty('request');
  });

  it('of several attempts has the reason of the first', () => {
    const attempts = [Object.assign(new Error('v6'), { code: 'ENETUNREACH' }), new Error('v4')];
    expect(redactedCause(new AggregateError(attempts), plain)?.code).toBe('ENETUNREACH');
  });

  it('that is its own cause is copied to a depth', () => {
    const error: Error = new Error('loop');
    error.cause = error;
    expect(redactedCause(error, plain)?.message).toBe('loop');
  });

  it('without a code has its message as its reason', () => {
    expect(reasonOfFailure(redactedCause(new Error(`no\nroute ${'x'.repeat(500)}`), plain))).toMatch(
      /^no route x+…$/,
    );
  });

  it('whose code is not one of the system has its message as its reason', () => {
    const error = Object.assign(new Error('words'), { code: 'not a code' });
    expect(reasonOfFailure(redactedCause(error, plain))).toBe('words');
  });

  it('that is not an Error has no reason', () => {
    expect(reasonOfFailure(redactedCause('words', plain))).toBe('');
  });
});
