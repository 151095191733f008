import { printableLine } from '../errors/quote.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Writes outside text for XML and HTML, in content or between quotes: one printable line, without markup. */
export function markup(text: string): string {
  return escapeMarkup(printableLine(text));
}

/** Escapes what has a meaning in XML and HTML, in a text of which every line is printable. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
