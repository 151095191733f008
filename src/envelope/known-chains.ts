import type { CryptoKey } from '../crypto/types.ts';
import { BoundedCache } from '../encoding/bounded-cache.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { type Certificate, readCertificate } from '../x509/certificate.ts';

/** A chain that was checked, parsed, with the imported key of its leaf. */
export interface KnownChain {
  certificates: readonly Certificate[];
  leafKey: CryptoKey;
}

/** Limit of the memory in bytes; parsed, a chain takes several times its length. */
const MAX_BYTES = 4 * 1024 * 1024;
const PARSED = 8;
/** The limit of bytes in a chain; larger ones are checked each time, so that memory stays bounded. */
const MAX_CHAIN_SIZE = 64 * 1024;

/**
 * Remembers chains that fit the profile, by their exact bytes, parsed and with the imported key of the leaf. That depends
 * neither on time nor on trust, and signatures of one signer have the same chain. The least recently used chain is
 * forgotten first.
 *
 * @example
 * ```ts
 * import { createEnvelope, createPayload, KnownChains, parseEnvelope, verifyIntegrity } from 'notarykit/envelope';
 * import { createSigner } from 'notarykit';
 * import { generateTestChain } from 'notarykit/testing';
 *
 * const signer = await createSigner(await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }));
 * const digest = `sha256:${'0'.repeat(64)}`;
 * const bytes = await createEnvelope(
 *   {
 *     mediaType: 'application/cose',
 *     payload: createPayload({ mediaType: 'text/plain', digest, size: 5 }, {}),
 *     signingScheme: 'notary.x509',
 *     signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
 *   },
 *   signer,
 * );
 * const known = new KnownChains();
 * for (let i = 0; i < 2; i++) await verifyIntegrity(parseEnvelope(bytes, 'application/cose', known), known);
 * console.log(known instanceof KnownChains); // the chain was checked once
 * ```
 */
export class KnownChains {
  readonly #chains = new BoundedCache<KnownChain>(MAX_BYTES);

  /**
   * Returns the certificates of a chain, remembered or newly parsed.
   * @param chain - DER, leaf first.
   * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
   */
  read(chain: readonly Uint8Array[]): readonly Certificate[] {
    const known = this.#chains.get(nameOf(chain[0]));
    if (known && sameChain(known, chain)) return known.certificates;
    // Views into an envelope would keep all of its bytes in memory for as long as the chain is remembered.
    const copied = sizeOf(chain) <= MAX_CHAIN_SIZE;
    return chain.map((der) => readCertificate(copied ? new Uint8Array(der) : der));
  }

  /** Returns the known chain with these certificates, if there is one. */
  find(certificates: readonly Certificate[]): KnownChain | undefined {
    const known = this.#chains.get(nameOf(certificates[0]?.der));
    const chain = certificates.map(({ der }) => der);
    return known && sameChain(known, chain) ? known : undefined;
  }

  /** Remembers a chain that {@link read} returned and that was checked. */
  add(certificates: readonly Certificate[], leafKey: CryptoKey): void {
    const size = sizeOf(certificates.map(({ der }) => der));
    if (size > MAX_CHAIN_SIZE) return;
    const name = nameOf(certificates[0]?.der);
    this.#chains.set(name, { certificates, leafKey }, { bytes: PARSED * size });
  }
}

/** The end of the leaf's signature, as the key of the map; `sameChain` compares every byte. */
function nameOf(leaf: Uint8Array | undefined): string {
  return leaf ? encodeHex(leaf.subarray(-32)) : '';
}

function sizeOf(chain: readonly Uint8Array[]): number {
  return chain.reduce((size, der) => size + der.length, 0);
}

function sameChain({ certificates }: KnownChain, chain: readonly Uint8Array[]): boolean {
  return (
    certificates.length === chain.length &&
    certificates.every(({ der }, i) => equalBytes(der, chain[i] ?? new Uint8Array()))
  );
}
