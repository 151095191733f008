import { equalBytes } from '../encoding/bytes.ts';
import { argumentInvalid, isNotationError, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { type Certificate, type CertificateInput, readCertificates } from './certificate.ts';
import { isIssuedBy } from './issuance.ts';
import { shortSubject } from './name.ts';

/** The purpose for which the certificates of a named store are trusted. */
export type TrustStoreType = 'ca' | 'signingAuthority' | 'tsa';

/** Named stores of trusted certificates. Verifiers take your own, too, which may return PEM or DER. */
export interface TrustStore<Certificates extends CertificateInput = readonly Certificate[]> {
  /**
   * Returns the certificates of a named store.
   * @param type - The purpose for which they are trusted.
   * @param name - The name after the colon in a trust policy.
   * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
   */
  certificates(type: TrustStoreType, name: string): Promise<Certificates>;
}

/** Excludes `.` and `..`, because stores may be directories. */
const STORE_NAME = /^(?:ca|signingAuthority|tsa):(?!\.{1,2}$)[A-Za-z0-9_.-]+$/;

/**
 * Makes a trust store in memory.
 *
 * @param stores - The certificates of each store, in any form of {@link CertificateInput}, under its `type:name`, as a
 * trust policy writes it. Types are `ca` (for the signing scheme `notary.x509`), `signingAuthority` and `tsa`.
 * @returns The store.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a key or content of another form, `ERR_CERTIFICATE_INVALID` or
 * `ERR_ENCODING_INVALID` for a certificate that cannot be read, `ERR_TRUST_STORE_INVALID` for an empty store.
 * Whether each certificate is a CA or self-signed is checked when the store is first used.
 *
 * @example
 * ```ts
 * import { createTrustStore } from 'notarykit/x509';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const trustStore = createTrustStore({ 'ca:acme': root });
 * const [certificate] = await trustStore.certificates('ca', 'acme');
 * ```
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 */
export function createTrustStore(stores: Readonly<Record<string, CertificateInput>>): TrustStore {
  const contents = new Map<string, readonly Certificate[]>();
  if (typeof stores !== 'object' || stores === null || stores instanceof Map) {
    throw argumentInvalid('trust stores must be an object: { "ca:name": certificates }');
  }
  for (const [name, content] of Object.entries(stores)) {
    if (!STORE_NAME.test(name)) {
      throw argumentInvalid(`${quote(name)} is not the name of a trust store: write ca:name`);
    }
    const certificates = readCertificates(content, `the content of the trust store ${quote(name)}`);
    if (certificates.length === 0) throw trustStoreInvalid(name, 'is empty');
    contents.set(name, certificates);
  }
  const checked = new Map<string, Promise<void>>();
  return {
    async certificates(type, name) {
      const key = `${type}:${name}`;
      const certificates = contents.get(key);
      if (!certificates)
        throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', `there is no trust store ${quote(key)}`);
      const check = checked.get(key) ?? checkTrustAnchors(type, key, certificates);
      checked.set(key, check);
      await check;
      return certificates;
    },
  };
}

/**
 * Requires that each certificate may be in a store: a self-signed CA in a `tsa` store, a CA or self-signed in others.
 * @throws NotationError `ERR_TRUST_STORE_INVALID`
 * @see docs/specification.md, rule TS-5
 */
export async function checkTrustAnchors(
  type: TrustStoreType,
  store: string,
  certificates: readonly Certificate[],
): Promise<void> {
  for (const certificate of certificates) {
    const ca = certificate.basicConstraints?.ca === true;
    const suffices = type === 'tsa' ? ca && (await isSelfSigned(certificate)) : ca;
    if (suffices || (type !== 'tsa' && (await isSelfSigned(certificate)))) continue;
    const wanted = type === 'tsa' ? 'a self-signed CA' : 'a CA or self-signed';
    throw trustStoreInvalid(store, `contains "${shortSubject(certificate)}", which is not ${wanted}`);
  }
}

/** Reports whether a certificate issued itself; false if its signature cannot be verified. */
export async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  try {
    return await isIssuedBy(certificate, certificate);
  } catch (error) {
    // Signed with an algorithm that is not allowed, or under a key that cannot be used.
    if (isNotationError(error, 'ERR_CERTIFICATE_CHAIN_INVALID')) return false;
    if (isNotationError(error, 'ERR_CERTIFICATE_INVALID')) return false;
    throw error;
  }
}

/** Returns the first certificate of a chain that is in one of the stores, byte for byte (rule VER-9). */
export function findTrusted(
  chain: readonly Certificate[],
  trusted: readonly Certificate[],
): Certificate | undefined {
  return chain.find((certificate) => trusted.some((anchor) => equalBytes(anchor.der, certificate.der)));
}

function trustStoreInvalid(store: string, reason: string): NotationError {
  return new NotationError('ERR_TRUST_STORE_INVALID', `the trust store ${store} ${reason}`);
}
