import { BoundedCache } from '../encoding/bounded-cache.ts';
import { decodeLatin1, equalBytes } from '../encoding/bytes.ts';
import { type Certificate, readCertificate } from './certificate.ts';

/** Limit of the memory in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What a certificate takes that was parsed: several times its length, and its key. */
const PARSED = 8;
const KEY = 4 * 1024;
/** The limit of bytes in a chain; larger ones are read each time, so that none displaces all others. */
const MAX_CHAIN_SIZE = 64 * 1024;

const owned = new WeakMap<object, KnownChains>();

/**
 * Remembers the certificates of chains that were verified, by their exact bytes: parsed and, as long as they are in memory,
 * with their imported keys and the key that signed each. That depends neither on time nor on trust, and chains
 * share their CAs. The certificate that was not used for longest is forgotten first.
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
 * console.log(known instanceof KnownChains); // its certificates were verified once
 * ```
 */
export class KnownChains {
  readonly #certificates = new BoundedCache<Certificate>(MAX_BYTES);

  /** Returns the chains that belong to an object, such as a trust store, for as long as that is in memory. */
  static of(owner: object): KnownChains {
    const known = owned.get(owner) ?? new KnownChains();
    owned.set(owner, known);
    return known;
  }

  /**
   * Returns a certificate of a chain, remembered or newly parsed.
   * @param der - The certificate, DER.
   * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
   */
  read(der: Uint8Array): Certificate {
    const known = this.#certificates.get(nameOf(der));
    if (known && equalBytes(known.der, der)) return known;
    // A copy: a view would keep the bytes of the whole envelope in memory.
    return readCertificate(new Uint8Array(der));
  }

  /** Remembers the certificates of a chain that {@link read} returned and that was verified. */
  add(chain: readonly Certificate[]): void {
    if (chain.reduce((size, { der }) => size + der.length, 0) > MAX_CHAIN_SIZE) return;
    for (const certificate of chain) {
      const name = nameOf(certificate.der);
      if (this.#certificates.get(name) === certificate) continue;
      this.#certificates.set(name, certificate, { bytes: PARSED * certificate.der.length + KEY });
    }
  }
}

/** The end of the signature, as the key of the map; every byte is compared. */
function nameOf(der: Uint8Array): string {
  return decodeLatin1(der.subarray(-32));
}
