import { quote, type Report } from './problems.ts';
import type { NamedStore, TrustStoreType } from './types.ts';

const STORE = /^(ca|signingAuthority|tsa):(?!\.{1,2}$)[a-zA-Z0-9_.-]+$/;

/** Reads the named stores of one statement. */
export function readTrustStores(values: readonly string[], report: Report): NamedStore[] {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    const field = `trustStores[${index}] ${quote(value)}`;
    if (!STORE.test(value)) {
      report(
        `${field} is not a named store; write ca, signingAuthority or tsa, a colon, and a name of letters, digits, "_", "." and "-"`,
      );
    }
    if (seen.has(value)) report(`${field} is there twice; remove one`);
    seen.add(value);
  }
  return values.map(toNamedStore);
}

function toNamedStore(value: string): NamedStore {
  const colon = value.indexOf(':');
  return { type: value.slice(0, colon) as TrustStoreType, name: value.slice(colon + 1) };
}
