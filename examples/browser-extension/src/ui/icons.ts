// The icons: outlines of 24 by 24, in the colour of the text. Each state has a shape of its own, so that no state is told by
// its colour alone.

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  trusted: 'M12 3l7 2.6v5.2c0 4.6-2.9 8-7 10.2-4.1-2.2-7-5.6-7-10.2V5.6zM8.6 12l2.4 2.4 4.4-4.8',
  warned: 'M12 4L2.9 19.5h18.2zM12 10v4.2M12 16.9v.1',
  unsigned: 'M5 12a7 7 0 1 1 14 0a7 7 0 1 1-14 0M9 12h6',
  rejected: 'M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7zM9 9l6 6M15 9l-6 6',
  'cannot-tell':
    'M3 12a9 9 0 1 1 18 0a9 9 0 1 1-18 0M9.6 9.6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2.9-1.2 1.7M12 16.6v.1',
  'signed-not-evaluated': 'M4 20h16M5.5 16.5l1-3.5L15.7 3.8a1.8 1.8 0 0 1 2.5 2.5L9 15.5z',
  pending: 'M12 3a9 9 0 1 0 9 9',
  waiting: 'M3 12a9 9 0 1 1 18 0a9 9 0 1 1-18 0M12 7.5V12l3 2',
  passed: 'M5 12.5l4.5 4.5L19 7.5',
  failed: 'M6 6l12 12M18 6L6 18',
  logged: 'M12 5v9M12 18.4v.1',
  skipped: 'M6 12h12',
  error: 'M3 12a9 9 0 1 1 18 0a9 9 0 1 1-18 0M12 7.5v5.5M12 16.4v.1',
  warning: 'M12 4L2.9 19.5h18.2zM12 10v4.2M12 16.9v.1',
  info: 'M3 12a9 9 0 1 1 18 0a9 9 0 1 1-18 0M12 11v5.5M12 7.6v.1',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  forward: 'M9.5 5.5L16 12l-6.5 6.5',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  panel: 'M3.5 5h17v14h-17zM14.5 5v14',
  retry: 'M20 12a8 8 0 1 1-2.4-5.7M20 3.5v4.3h-4.3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  add: 'M12 5v14M5 12h14',
  remove: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5',
  import: 'M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15',
  policy: 'M6 3.5h9l3.5 3.5v13.5H6zM9 11h6M9 15h6',
  store: 'M12 14a4.5 4.5 0 1 0 0-9a4.5 4.5 0 0 0 0 9M9 13.4L8 21l4-2.2L16 21l-1-7.6',
  registry: 'M4 5h16v5.5H4zM4 13.5h16V19H4zM7.5 7.8v.1M7.5 16.2v.1',
  pages: 'M3.5 5h17v14h-17zM3.5 9.5h17M6.5 7.2v.1M9 7.2v.1',
} as const;

export type IconName = keyof typeof PATHS;

/** Makes an icon, which assistive technology skips: a word next to it says the same. */
export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [attribute, value] of [
    ['viewBox', '0 0 24 24'],
    ['class', `icon icon-${name}`],
    ['aria-hidden', 'true'],
    ['focusable', 'false'],
  ] as const) {
    svg.setAttribute(attribute, value);
  }
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
