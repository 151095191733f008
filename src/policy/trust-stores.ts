import { quote } from '../errors/quote.ts';
import type { Report } from './policy-problems.ts';
import type { NamedStore, TrustStoreType } from './types.ts';

const STORE = /^(ca|signingAuthority|tsa):(?!\.{1,2}$)[a-zA-Z0-9_.-]+$/;

/** Reads the well-formed named stores of one statement; a repeated one counts once (rule TP-23). */
export function readTrustStores(values: readonly string[], report: Report): NamedStore[] {
  for (const [index, value] of values.entries()) {
    if (STORE.test(value)) continue;
    report(
      ['trustStores', index],
      `${quote(value)} is not a named store; write ca, signingAuthority or tsa, a colon, and a name of letters, digits, "_", "." and "-"`,
    );
  }
  return [...new Set(values)].filter((value) => STORE.test(value)).map(toNamedStore);
}

function toNamedStore(value: string): NamedStore {
  const colon = value.indexOf(':');
  return { type: value.slice(0, colon) as TrustStoreType, name: value.slice(colon + 1) };
}
