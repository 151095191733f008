import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('../../../examples/browser-extension/src/', import.meta.url);

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
const read = (file: string) => readFileSync(new URL(file, SOURCES), 'utf8');
const pages = files.filter((file) => file.endsWith('.html'));
const scripts = files.filter((file) => file.endsWith('.ts'));

describe('the sources of the extension', () => {
  it('are found', () => {
    expect(pages).toContain('popover/popover.html');
    expect(scripts).toContain('popover/popover.ts');
  });

  it.each(scripts)('%s makes no markup of text', (file) => {
    expect(read(file)).not.toMatch(
      /\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseFromString|createContextualFragment|document\.write)\b/,
    );
  });

  it.each(pages)('%s has neither inline scripts nor inline styles nor anything of other origins', (file) => {
    const html = read(file);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|javascript:/i);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it.each(pages)(
    '%s has a language, a title and a heading, and each of its icon buttons has a name',
    (file) => {
      const html = read(file);
      expect(html).toMatch(/<html lang="en">/);
      expect(html).toMatch(/<title>[^<]+<\/title>/);
      expect(html.match(/<h1/g)).toHaveLength(1);
      for (const [button] of html.matchAll(/<button[^>]*icon-button[^>]*>/g)) {
        expect(button).toMatch(/aria-label="[^"]+"/);
      }
    },
  );
});
