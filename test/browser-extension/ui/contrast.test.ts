import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STATE_KINDS } from '../../../examples/browser-extension/src/state.ts';

const CSS = readFileSync(
  new URL('../../../examples/browser-extension/src/ui/theme.css', import.meta.url),
  'utf8',
);
const [light = '', dark = ''] = CSS.split('@media (prefers-color-scheme: dark)');

/** The minimum for text, and for the outlines of controls: WCAG 2.2, success criteria 1.4.3 and 1.4.11. */
const TEXT = 4.5;
const OUTLINE = 3;

const TONES = [...STATE_KINDS, 'pending'];
const PAIRS: [foreground: string, background: string, minimum: number][] = [
  ...['background', 'surface'].flatMap((background): [string, string, number][] => [
    ['text', background, TEXT],
    ['muted', background, TEXT],
    ['accent', background, TEXT],
    ['control-line', background, OUTLINE],
  ]),
  ['on-accent', 'accent', TEXT],
  ...TONES.flatMap((tone): [string, string, number][] => [
    [tone, `${tone}-tint`, TEXT],
    [tone, 'background', TEXT],
    ['text', `${tone}-tint`, TEXT],
  ]),
];

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of the theme, %s', (_, css) => {
  const colours = new Map(
    [...css.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );

  it.each(PAIRS)('%s on %s has the contrast %d', (foreground, background, minimum) => {
    expect(contrast(colours.get(foreground), colours.get(background))).toBeGreaterThanOrEqual(minimum);
  });
});

describe('the contrast that is measured', () => {
  it('is 21 between black and white, and 1 between the same', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#777777')).toBe(1);
  });
});

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string | undefined, other: string | undefined): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string | undefined): number {
  if (colour === undefined) throw new Error('the theme lacks a colour');
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
