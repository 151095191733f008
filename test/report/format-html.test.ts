import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { formatHtml } from '../../src/report/index.ts';
import { anyText, EACH, evaluationsWith, HOSTILE } from './evaluations.ts';

type Node = DefaultTreeAdapterTypes.Node;

function descendants(node: Node): Node[] {
  return [node, ...('childNodes' in node ? node.childNodes.flatMap(descendants) : [])];
}

/** The elements of a page with their attributes, as a browser reads it. */
function elementsOf(html: string): string[] {
  return descendants(parse(html)).flatMap((node) =>
    'tagName' in node
      ? [[node.tagName, ...node.attrs.map(({ name, value }) => `${name}=${value}`)].join(' ')]
      : [],
  );
}

function textsOf(html: string): string[] {
  return descendants(parse(html)).flatMap((node) =>
    node.nodeName === '#text' && 'value' in node ? [node.value] : [],
  );
}

describe('formatHtml', () => {
  it('is a page that browsers read without an error', () => {
    const errors: string[] = [];
    parse(formatHtml(EACH), { onParseError: ({ code }) => errors.push(code) });
    expect(errors).toEqual([]);
  });

  it('allows nothing but its own style sheet', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(formatHtml([])) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    expect(elementsOf(formatHtml([]))).toContain(
      `meta http-equiv=Content-Security-Policy content=default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('has neither scripts nor anything to load, nor styles of elements', () => {
    for (const element of elementsOf(formatHtml(EACH))) {
      expect(element).not.toMatch(
        /^(?:script|link|img|iframe|object|form|base)\b|\b(?:src|href|style|on\w+)=/,
      );
    }
  });

  it('has the same elements whatever others wrote', () => {
    const harmless = elementsOf(formatHtml(evaluationsWith('harmless')));
    for (const text of HOSTILE) expect(elementsOf(formatHtml(evaluationsWith(text)))).toEqual(harmless);
    fc.assert(
      fc.property(anyText, (text) => {
        expect(elementsOf(formatHtml(evaluationsWith(text)))).toEqual(harmless);
      }),
      { numRuns: 50 },
    );
  });

  it('gives back the text of others as text', () => {
    const text = `<script>alert("1")</script> &amp; 'x'`;
    expect(textsOf(formatHtml(evaluationsWith(text)))).toContain(text);
  });
});
