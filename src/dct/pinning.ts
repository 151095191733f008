import { Oid } from '../asn1/oids.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { type Certificate, type CertificateInput, readCertificates } from '../x509/certificate.ts';
import { chainInvalid } from '../x509/chain.ts';
import { IssuanceVerifier } from '../x509/issuance.ts';
import { findPath, type Path } from '../x509/path-builder.ts';
import type { RootCertificate } from './root-certificates.ts';

/**
 * What makes the first root of a GUN trusted, as in `trust_pinning` of notary's configuration. The first kind that has an
 * entry for the GUN decides. Later roots are trusted because of the ones before them.
 */
export interface TrustPinning {
  /**
   * The identifiers of root certificates (the key ids of the root role), by the GUN, or by a prefix of it with an asterisk
   * at its end; an entry for the GUN itself comes first, then the longest prefix.
   */
  certificates?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The CA certificates that issue root certificates, by a prefix of the GUN; the longest prefix decides. */
  authorities?: Readonly<Record<string, CertificateInput>> | undefined;
  /** Trusts the first root that is seen of any other GUN. `false` by default. */
  firstUse?: boolean | undefined;
}

/** Reports whether a root certificate is pinned. */
export type PinCheck = (certificate: RootCertificate, now: Date) => boolean | Promise<boolean>;

const SERVER_PURPOSES: readonly string[] = [Oid.serverAuth, Oid.anyExtendedKeyUsage];

/**
 * Returns the check that applies to a GUN; without any, nothing is pinned.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING_INVALID`
 */
export function pinCheckFor(gun: string, pinning: TrustPinning = {}): PinCheck | undefined {
  const { certificates = {}, authorities = {}, firstUse = false } = pinning;
  if (typeof firstUse !== 'boolean') throw argumentInvalid('pinning.firstUse must be true or false');
  const ids = Object.hasOwn(certificates, gun) ? certificates[gun] : longest(certificates, gun, '*');
  if (ids) return idCheck(ids);
  const authority = longest(authorities, gun, '');
  if (authority !== undefined) {
    const anchors = readCertificates(authority, `pinning.authorities of ${quote(gun)}`);
    if (anchors.length === 0) throw argumentInvalid('pinning.authorities must contain certificates');
    return ({ leaf, intermediates }, now) => isIssuedBelow(anchors, leaf, intermediates, now);
  }
  return firstUse ? () => true : undefined;
}

function idCheck(ids: readonly string[]): PinCheck {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw argumentInvalid('pinning.certificates must contain lists of key ids');
  }
  return ({ key }) => ids.includes(key.id);
}

/** Returns the entry under the longest prefix of the GUN, each of which ends with a mark. */
function longest<T>(entries: Readonly<Record<string, T>>, gun: string, mark: string): T | undefined {
  const names = Object.keys(entries).filter(
    (name) => name.endsWith(mark) && gun.startsWith(name.slice(0, name.length - mark.length)),
  );
  const [name] = names.sort((a, b) => b.length - a.length);
  return name === undefined ? undefined : entries[name];
}

/**
 * Reports whether a chain leads to an anchor. Notary's programs verify it as that of a server, so that a leaf which states
 * other purposes is rejected.
 */
async function isIssuedBelow(
  anchors: readonly Certificate[],
  leaf: Certificate,
  intermediates: readonly Certificate[],
  now: Date,
): Promise<boolean> {
  const { path } = await findPath(leaf, {
    pool: [...intermediates, ...anchors],
    isAnchor: (certificate) => anchors.some(({ der }) => equalBytes(der, certificate.der)),
    check: (found) => checkPath(found, now),
    issuance: new IssuanceVerifier(),
  });
  return path !== undefined;
}

function checkPath(path: Path, now: Date): void {
  for (const [index, certificate] of path.entries()) {
    const { notBefore, notAfter, basicConstraints, keyUsage, extendedKeyUsage, unknownCritical } =
      certificate;
    if (now < notBefore || now > notAfter) throw chainInvalid('is not valid now');
    if (unknownCritical !== undefined) throw chainInvalid('has an unknown critical extension');
    if (extendedKeyUsage && !extendedKeyUsage.purposes.some((oid) => SERVER_PURPOSES.includes(oid))) {
      throw chainInvalid('is for other purposes');
    }
    if (index === 0) continue;
    const { ca = false, pathLength = Number.POSITIVE_INFINITY } = basicConstraints ?? {};
    if (!ca || pathLength < index - 1) throw chainInvalid('has an issuer that must not issue it');
    if (keyUsage && !keyUsage.usages.has('keyCertSign')) throw chainInvalid('has an issuer that is no CA');
  }
}
