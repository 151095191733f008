import { RelativeDistinguishedNames } from 'pkijs';
import type { Decision } from './peer.ts';

/** Two decisions that differ. */
export interface Difference {
  /** What notarykit is in comparison with the libraries; `other status`: both refuse, with another status. */
  direction: 'stricter' | 'laxer' | 'other status' | 'other content' | 'untyped';
  ours: Decision;
  theirs: Decision;
  /** The fields that differ, for other content. */
  fields?: string;
}

/** A pattern of the reason of the side that refuses, and the row of docs/interop.md that explains it. */
type Rule = readonly [reason: RegExp, row: string];

/** What notarykit refuses and the libraries accept, by the reason of notarykit. */
const STRICTER: readonly Rule[] = [
  // Envelopes
  [/is not UTF-8$/, 'json-not-utf8'],
  [/it expires before it was signed$/, 'expiry-year-one'],
  [/has a number that is out of range$/, 'json-number-range'],
  [/has a member named __proto__$/, 'json-proto-member'],
  [/^ERR_(?:ENVELOPE|PAYLOAD)_INVALID: .* has the member ".*" twice$/, 'json-duplicate-member'],
  [
    /^ERR_PAYLOAD_INVALID: .*(?:unknown member ".*"|(?:string|object|array|number|record) expected)$/,
    'payload-unknown-member',
  ],
  [
    /the JWS (?:envelope|protected header) is malformed.*(?:unknown member ".*"|expected)$/,
    'jws-unknown-member',
  ],
  [/differs from ".*" by letter case only$/, 'jws-unknown-member'],
  [/is not canonical base64/, 'base64-line-breaks'],
  [/: base64 expected$/, 'base64-line-breaks'],
  [/it marks an attribute as critical twice$/, 'cose-crit-twice'],
  [/it marks "io.cncf.notary.signingTime" as critical/, 'cose-crit-signing-time'],
  [/it marks .* as critical, which it must not$/, 'cose-crit-label'],
  [/is both protected and unprotected$/, 'header-twice'],
  [/signing time that the scheme .* does not allow$/, 'cose-foreign-scheme-time'],
  [/its timestamp is not a byte string$/, 'cose-timestamp-type'],
  [/^ERR_ENVELOPE_INVALID: .*counter ?signature/, 'cose-countersignature'],
  [/its time ".*" is not in the form of RFC 3339/, 'jws-time-form'],
  [/the expiry is not after the signing time/, 'time-fractions'],
  [/^ERR_ENVELOPE_INVALID: .*a time that is not under the tag of an epoch time$/, 'cose-values'],
  [/the COSE (?:envelope|protected header|unprotected header) has /, 'cose-values'],
  [/^ERR_(?:VERIFICATION_)?.*: .*critical attribute/, 'unknown-critical-attribute'],
  // Certificates
  [/^ERR_CERTIFICATE_INVALID: .*has a malformed time$/, 'certificate-form'],
  [/^ERR_CERTIFICATE_INVALID: .*has an RSA key with an unusable exponent$/, 'certificate-form'],
  [/^ERR_CERTIFICATE_INVALID: .*negative serial number$/, 'certificate-serial-number'],
  [/is for any purpose, which a signing certificate must not be$/, 'any-eku'],
  [/is a CA with a key of type (?:Ed25519|1\.3\.101\.112)/, 'ca-ed25519'],
  [/is a CA with a key of type/, 'ca-key-length'],
  [
    /^ERR_CERTIFICATE_CHAIN_INVALID: .*is a CA whose basic constraints are not critical$/,
    'ca-basic-constraints-critical',
  ],
  [/^ERR_CERTIFICATE_INVALID: /, 'der-strict'],
  // Timestamps
  [/^ERR_TIMESTAMP_.*signed attribute .* (?:twice|several values)/, 'timestamp-attribute-repeated'],
  [/^ERR_TIMESTAMP_.*(?:an INTEGER|an accuracy) out of range$/, 'timestamp-accuracy-range'],
  [/^ERR_TIMESTAMP_.*serial number of more than 160 bits$/, 'timestamp-serial'],
  [/^ERR_TIMESTAMP_.*critical extension/, 'timestamp-critical-extension'],
  [
    /^ERR_TIMESTAMP_.*(?:malformed time|time that does not exist|tag 0x17 instead of 0x18)$/,
    'timestamp-time-form',
  ],
  [/^ERR_TIMESTAMP_INVALID: the timestamp is malformed: /, 'der-strict'],
  // Revocation
  [/thisUpdate .* is in the future$/, 'revocation-this-update'],
  [/^ERR_REVOCATION_EXPIRED_CERTIFICATE/, 'revocation-expired-certificate'],
  [/the CRL is invalid: its issuer is not that of the certificate$/, 'crl-issuer'],
  [/the delta CRL that it points to is missing$/, 'crl-freshest-empty'],
  [/expected a complete CRL, got a delta CRL$/, 'crl-delta-alone'],
  [/CRL .*(?:distribution point|covers|for some reasons|scope|indirect)/, 'crl-scope'],
  [/entries has an unknown critical extension$/, 'crl-entry-critical'],
  [/ERR_CRL_INVALID|CRL does not determine the status: nextUpdate is before thisUpdate/, 'crl-form'],
  [/a certificate in it cannot be read/, 'der-strict'],
  [/signed with SHA-1/, 'revocation-sha1'],
  [/it is signed neither by the issuer of the certificate nor by a responder/, 'ocsp-cert-id'],
  [/it is about another certificate$|two statuses/, 'ocsp-cert-id'],
  [/its responder ".*" was not delegated by the issuer of the certificate$/, 'ocsp-responder-issuer'],
  [
    /its responder ".*" has a certificate that is not (?:for OCSP signing|a signer)|key usage/,
    'ocsp-responder-eku',
  ],
  [/its responder ".*" has a certificate that is not valid now$/, 'ocsp-responder-validity'],
  [/its responder ".*" has a certificate with the unknown critical extension/, 'ocsp-responder-critical'],
  [/status of its responder is unknown|its responder .*revo/, 'ocsp-responder-revocation'],
  [
    /ERR_OCSP_INVALID|OCSP response does not determine the status: nextUpdate is before thisUpdate/,
    'ocsp-form',
  ],
];

/** What notarykit accepts and the libraries refuse, by the reason of the libraries. */
const LAXER: readonly Rule[] = [
  [/^signing-time not present$/, 'signing-time-year-one'],
  [/cannot unmarshal number .* of type int64$/, 'payload-size-form'],
  [/timestamp countersignature.*failed to parse X\.509 certificates/, 'timestamp-certificates'],
  [
    /x509: (?:invalid|malformed) (?:subject key identifier|authority key identifier|subject alternative name|NameConstraints|certificate policies|policy constraints|inhibit any policy|authority info|extension$)/,
    'ignored-extension-content',
  ],
  [
    /x509: (?:SAN|invalid constraint|failed to parse|cannot parse|URI with|unhandled critical)/,
    'ignored-extension-content',
  ],
  [
    /failed to retrieve CRL: x509: malformed (?:reasonCode extension|extension (?:OID|value|critical) field|extension|UTCTime|GeneralizedTime)$/,
    'crl-other-entries',
  ],
];

/** What the libraries say about a name that is another one in bytes. */
const OTHER_NAME: readonly RegExp[] = [
  /certificate with subject ".*" is not issued by ".*"$/,
  /^root certificate with subject ".*" is not self-signed\./,
  /^invalid self-signed certificate\. .* are not the same$/,
  /failed to verify signed token: cms verification failure: x509: certificate signed by unknown authority$/,
  /failed to verify signed token: signing certificate not found in the timestamp token$/,
];

/** Returns the row of docs/interop.md that explains a difference, if there is one. */
export function explain({ direction, ours, theirs, fields }: Difference): string | undefined {
  switch (direction) {
    case 'stricter':
      return rowOf(STRICTER, ours.reason);
    case 'laxer':
      return isOtherName(theirs.reason) && areNamesEqual(ours.content)
        ? 'name-by-value'
        : rowOf(LAXER, theirs.reason);
    case 'other status':
      return rowOf(STRICTER, ours.reason)?.startsWith('ocsp-') ? 'ocsp-malformed' : 'revocation-status-shown';
    case 'other content':
      return fields === 'agent' ? 'inspect-agent' : fields === 'artifact' ? 'json-lone-surrogate' : undefined;
    default:
      return undefined;
  }
}

function isOtherName(reason = ''): boolean {
  return OTHER_NAME.some((pattern) => pattern.test(reason));
}

/**
 * Reports whether each certificate of a chain has the issuer that follows it, or the last one itself, as pkijs
 * compares names. Envelopes show no names: their chains are changed in the same ways.
 */
function areNamesEqual(content: unknown): boolean {
  if (!Array.isArray(content)) return true;
  return content.every(({ issuer }, i) =>
    nameOf(issuer).isEqual(nameOf((content[i + 1] ?? content[i]).subject)),
  );
}

function nameOf(hex: string): RelativeDistinguishedNames {
  return RelativeDistinguishedNames.fromBER(Buffer.from(hex, 'hex'));
}

function rowOf(rules: readonly Rule[], reason = ''): string | undefined {
  return rules.find(([pattern]) => pattern.test(reason))?.[1];
}
