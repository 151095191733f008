import { equalBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import type { Certificate } from '../x509/certificate.ts';

interface KnownChain {
  /** The certificates, copied: those of an envelope are views, which would keep all of its bytes in memory. */
  certificates: readonly Uint8Array[];
  leafKey: CryptoKey;
}

const MAX_CHAINS = 32;
/** Octets of all certificates of a chain; larger ones are checked anew each time, so that memory stays bounded. */
const MAX_CHAIN_SIZE = 64 * 1024;

/**
 * Remembers chains that fit the profile, by their exact bytes, with the imported key of the leaf: neither depends on
 * time or trust, and signatures of one signer come with one chain. The least recently used one is forgotten first.
 */
export class KnownChains {
  readonly #chains = new Map<string, KnownChain>();

  /** What is remembered of a chain, if it was seen before. */
  find(certificates: readonly Certificate[]): KnownChain | undefined {
    const name = nameOf(certificates);
    const known = this.#chains.get(name);
    if (!known || !sameChain(known.certificates, certificates)) return undefined;
    this.#chains.delete(name);
    this.#chains.set(name, known);
    return known;
  }

  /** Remembers a chain that was checked. */
  add(certificates: readonly Certificate[], leafKey: CryptoKey): void {
    if (certificates.reduce((size, { der }) => size + der.length, 0) > MAX_CHAIN_SIZE) return;
    const copies = certificates.map(({ der }) => new Uint8Array(der));
    this.#chains.set(nameOf(certificates), { certificates: copies, leafKey });
    const [oldest] = this.#chains.keys();
    if (this.#chains.size > MAX_CHAINS && oldest !== undefined) this.#chains.delete(oldest);
  }
}

/** Good enough to find a chain by; that it is the same one is decided by every byte. */
function nameOf([leaf]: readonly Certificate[]): string {
  return leaf ? encodeHex(leaf.signature.subarray(0, 32)) : '';
}

function sameChain(known: readonly Uint8Array[], chain: readonly Certificate[]): boolean {
  return (
    known.length === chain.length &&
    chain.every(({ der }, i) => equalBytes(der, known[i] ?? new Uint8Array()))
  );
}
