import { describe, expect, it } from 'vitest';
import type { TabImage } from '../../../examples/browser-extension/src/messages.ts';
import { STATE_KINDS, type StateKind } from '../../../examples/browser-extension/src/state.ts';
import { printable } from '../../../examples/browser-extension/src/ui/dom.ts';
import {
  byUrgency,
  countStates,
  hostOf,
  relativeText,
  STATE_WORDS,
  sentenceOf,
  subjectText,
  wordsOf,
} from '../../../examples/browser-extension/src/ui/words.ts';
import { done } from './images.ts';

const pending: TabImage = { image: 'r.example/late', progress: 'not-requested' };

describe('the words of the extension', () => {
  it('have a word of its own for each state', () => {
    expect(new Set(STATE_KINDS.map((kind) => STATE_WORDS[kind].word)).size).toBe(STATE_KINDS.length);
  });

  it('call an image trusted in one state only', () => {
    const others = STATE_KINDS.filter((kind) => kind !== 'trusted');
    expect(others.filter((kind) => /trusted/i.test(STATE_WORDS[kind].word))).toEqual([]);
  });

  it('tell what is evaluated from what waits and from what was not in view', () => {
    const words = (['evaluating', 'waiting', 'not-requested'] as const).map(
      (progress) => wordsOf({ image: 'r.example/a', progress }).word,
    );
    expect(new Set(words).size).toBe(3);
  });

  it('sort the worst image first and those without a state last, and keep the order of the page otherwise', () => {
    const kinds: StateKind[] = ['trusted', 'rejected', 'unsigned', 'rejected'];
    const images = [pending, ...kinds.map((kind, index) => done(kind, `r.example/${index}`))];
    expect(byUrgency(images).map(({ image }) => image)).toEqual([
      'r.example/1',
      'r.example/3',
      'r.example/2',
      'r.example/0',
      'r.example/late',
    ]);
  });

  it('count images by their state', () => {
    const images = [done('trusted', 'a'), pending, done('rejected', 'b'), done('trusted', 'c')];
    expect(countStates(images)).toBe('1\u00a0rejected · 2\u00a0trusted · 1\u00a0not checked yet');
  });

  it('make sentences of messages, but do not change names at their start', () => {
    expect(sentenceOf('the signature expired')).toBe('The signature expired.');
    expect(sentenceOf('registry.example.com/app has no signature')).toBe(
      'registry.example.com/app has no signature.',
    );
    expect(sentenceOf('Done!')).toBe('Done!');
    expect(sentenceOf('no root of "CN=app,O=Acme" is trusted')).toBe(
      'No root of "CN=app, O=Acme" is trusted.',
    );
  });

  it('say how long ago or ahead a time is', () => {
    const now = new Date('2026-11-28T12:00:00Z');
    expect(relativeText('2026-08-20T12:00:00Z', now)).toBe('3 months ago');
    expect(relativeText('2026-11-29T13:00:00Z', now)).toBe('tomorrow');
    expect(relativeText('2026-11-28T11:59:30Z', now)).toBe('just now');
    expect(relativeText('no time', now)).toBe('');
  });

  it('name the scheme of a host only if it is not encrypted', () => {
    expect(hostOf('https://auth.example.com/*')).toBe('auth.example.com');
    expect(hostOf('http://ocsp.example.com/*')).toBe('http://ocsp.example.com');
  });

  it('let subjects break between their attributes, not within them', () => {
    expect(subjectText('CN=app\\,O=b,O=Acme, Inc.,C=US')).toBe('CN=app\\,O=b, O=Acme, Inc., C=US');
  });
});

describe('text from outside', () => {
  it.each([
    ['a change of the direction', 'safe\u202eelif', 'safe\\u{202e}elif'],
    ['an invisible character', 'ac\u200bme', 'ac\\u{200b}me'],
    ['a line break', 'a\nb', 'a\\u{a}b'],
    ['half of a character', 'a\ud800b', 'a\\u{d800}b'],
  ])('is shown with %s escaped', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('keeps the letters of all languages', () => {
    expect(printable('Größe 画像 ✓')).toBe('Größe 画像 ✓');
  });
});
