import type { PublicKeyType } from '@peculiar/x509';
import { DerReader, Tag } from '../asn1/der-reader.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { isBytes, ownBytes } from '../encoding/bytes.ts';
import { decodePem, encodePem } from '../encoding/pem.ts';
import { argumentInvalid, isNotationError } from '../errors/notation-error.ts';
import { readPublicKey } from '../x509/public-key.ts';
import {
  caExtensions,
  type Issuer,
  issue,
  keyIdentifiers,
  type RevocationUrls,
  revocationExtensions,
  signerExtensions,
} from './certificate.ts';
import { type CertificateSignature, exportPrivateKey, generateKey } from './key.ts';
import { loadX509, type X509 } from './peculiar.ts';
import { caSubject, checkName, type NameJson, parseSubject, testSubject } from './subject.ts';
import { caValidity, type Validity, validityOf } from './validity.ts';

/** A private key with its certificates: all that a signer and a trust store need. */
export interface TestCertificate {
  /** The private key of the leaf: PKCS#8 in PEM. */
  privateKey: string;
  /** The whole certificate chain in PEM, leaf first, root last. */
  certificates: string;
  /** The certificate to put into a trust store, in PEM: the last one of the chain. */
  root: string;
}

/** The options of {@link generateTestCertificate}. */
export interface TestCertificateOptions {
  /** The common name of the subject: 1 to 64 characters, none of them a control character. */
  name: string;
  /** The key specification; `RSA-2048` by default. RSA-4096 takes a second or more to generate. */
  keySpec?: KeySpec;
  /**
   * The whole subject of the leaf instead of `C=US, ST=WA, L=Seattle, O=Notary, CN=<name>`, in the syntax of trusted
   * identities: attributes `C`, `ST`, `L`, `STREET`, `POSTALCODE`, `O`, `OU`, `CN`, `SERIALNUMBER`, each once, in
   * any order.
   */
  subject?: string;
  /** When the leaf becomes valid, to the second; now by default. */
  notBefore?: Date;
  /** When the leaf expires, to the second; a day after `notBefore` by default. */
  notAfter?: Date;
  /** How RSA keys sign certificates, with SHA-256; `RSASSA-PKCS1-v1_5` by default. */
  certificateSignature?: CertificateSignature;
}

/** The options of {@link generateTestChain}. */
export interface TestChainOptions extends TestCertificateOptions {
  /** The number of CA certificates between the leaf and the root: 0 to 14, by default 1. */
  intermediates?: number;
  /** The key specification of the CAs; by default that of the leaf. */
  caKeySpec?: KeySpec;
  /** URLs of OCSP responders to put into the leaf, `http` or `https`; none by default. */
  ocsp?: RevocationUrls;
  /** URLs of certificate revocation lists to put into the leaf, `http` or `https`; none by default. */
  crl?: RevocationUrls;
}

/** The chain check allows 16 certificates. */
const MAX_INTERMEDIATES = 14;

/**
 * Generates a key with a self-signed certificate for tests, like `notation cert generate-test`: not a CA, for signing
 * artifacts only, valid for a day.
 *
 * @param options - The name. Key specification, subject, validity (a day from now) and signature of the certificate
 * (PKCS#1 v1.5 with SHA-256 for RSA; the hash of the curve for EC) have defaults.
 * @returns Key and certificate in PEM. `certificates` and `root` are the same single certificate.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot
 * generate such a key
 *
 * @example
 * ```ts
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { privateKey, certificates, root } = await generateTestCertificate({
 *   name: 'wabbit-networks.io',
 *   keySpec: 'EC-256',
 * });
 * console.log(certificates === root); // true
 * ```
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
export async function generateTestCertificate(options: TestCertificateOptions): Promise<TestCertificate> {
  const subject = leafSubject(options);
  const validity = validityOf(options);
  const key = await generateKey(options.keySpec ?? 'RSA-2048', options.certificateSignature);
  const x509 = await loadX509();
  const { publicKey } = key.keys;
  const content = { subject, publicKey, validity, extensions: signerExtensions(x509) };
  const certificate = encodePem('CERTIFICATE', await issue(x509, content, { subject, key }));
  return { privateKey: await exportPrivateKey(key), certificates: certificate, root: certificate };
}

/**
 * Generates a key with a certificate chain for tests, as a company's PKI issues them: a self-signed root CA,
 * intermediate CAs and a leaf that signs artifacts, all in the certificate profile of the specification. The private
 * keys of the CAs are discarded.
 *
 * @param options - The name. The options of {@link generateTestCertificate} and the number of intermediates (1) have
 * defaults. The CAs become valid with the leaf and expire 30 days after it.
 * @returns The key of the leaf, the chain with the root, and the root, in PEM.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot
 * generate such keys
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const { certificates, root } = await generateTestChain({
 *   name: 'builder',
 *   subject: 'C=US, ST=WA, O=Wabbit Networks, CN=builder',
 *   keySpec: 'EC-384',
 *   intermediates: 2,
 * });
 * const trustStore = createTrustStore({ 'ca:wabbit-networks': root });
 * console.log(certificates.match(/BEGIN CERTIFICATE/g)?.length); // 4
 * ```
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
export async function generateTestChain(options: TestChainOptions): Promise<TestCertificate> {
  const { keySpec = 'RSA-2048', certificateSignature } = options;
  checkIntermediates(options);
  const leafKey = await generateKey(keySpec, certificateSignature);
  const chain = await issueChain({ ...options, keySpec }, leafKey.keys.publicKey);
  return { privateKey: await exportPrivateKey(leafKey), ...chain };
}

/** The options of {@link issueTestChain}. */
export interface TestIssueOptions extends Omit<TestChainOptions, 'keySpec'> {
  /** The public key of the leaf: SubjectPublicKeyInfo, as PEM (`PUBLIC KEY`) or DER. */
  publicKey: string | Uint8Array;
}

/**
 * Issues a certificate chain for tests, for a key in a key service, a token or a plugin.
 *
 * @param options - The public key and the name. The rest is as for {@link generateTestChain}; the keys of the CAs are
 * `EC-256` by default.
 * @returns The chain with the root, and the root, in PEM.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option or public key, `ERR_RUNTIME_UNSUPPORTED` if the
 * runtime cannot generate the keys of the CAs
 *
 * @example
 * ```ts
 * import { issueTestChain } from 'notarykit/testing';
 *
 * // As a key service returns it.
 * const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
 * const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
 * const { certificates } = await issueTestChain({ name: 'release.acme.example', publicKey: spki });
 * console.log(certificates.match(/BEGIN CERTIFICATE/g)?.length); // 3
 * ```
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
export async function issueTestChain(
  options: TestIssueOptions,
): Promise<Omit<TestCertificate, 'privateKey'>> {
  checkIntermediates(options);
  return issueChain({ ...options, keySpec: 'EC-256' }, readSpki(options.publicKey));
}

function checkIntermediates({ intermediates = 1 }: Pick<TestChainOptions, 'intermediates'>): void {
  if (Number.isInteger(intermediates) && intermediates >= 0 && intermediates <= MAX_INTERMEDIATES) return;
  throw argumentInvalid(`intermediates must be an integer from 0 to ${MAX_INTERMEDIATES}`);
}

function readSpki(publicKey: string | Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    const der =
      isBytes(publicKey) && publicKey[0] === Tag.sequence ? ownBytes(publicKey) : readPem(publicKey);
    const reader = new DerReader(der, 'public key', 'ERR_ARGUMENT_INVALID');
    const { spki } = readPublicKey(reader);
    reader.end();
    return new Uint8Array(spki);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw argumentInvalid(`publicKey is not a SubjectPublicKeyInfo: ${cause.message}`, cause);
  }
}

function readPem(publicKey: string | Uint8Array): Uint8Array {
  if (typeof publicKey !== 'string' && !isBytes(publicKey)) throw argumentInvalid('it must be PEM or DER');
  return decodePem(publicKey)[0]?.der ?? new Uint8Array();
}

async function issueChain(
  options: TestChainOptions & { keySpec: KeySpec },
  publicKey: PublicKeyType,
): Promise<Omit<TestCertificate, 'privateKey'>> {
  const { name, keySpec, certificateSignature, intermediates = 1 } = options;
  const subject = leafSubject(options);
  const validity = validityOf(options);
  const x509 = await loadX509();
  const revocation = revocationExtensions(x509, options);
  const caKeySpec = options.caKeySpec ?? keySpec;
  const [rootKey, ...intermediateKeys] = await Promise.all([
    generateKey(caKeySpec, certificateSignature),
    ...Array.from({ length: intermediates }, () => generateKey(caKeySpec, certificateSignature)),
  ]);

  let issuer: Issuer = { subject: caSubject(name, 'Root CA'), key: rootKey };
  const chain = [await issueCa(x509, issuer, issuer, intermediates, validity)];
  for (const [i, key] of intermediateKeys.entries()) {
    const ca = { subject: caSubject(name, `Intermediate CA ${i + 1}`), key };
    chain.unshift(await issueCa(x509, ca, issuer, intermediates - 1 - i, validity));
    issuer = ca;
  }
  const extensions = [
    ...signerExtensions(x509),
    new x509.BasicConstraintsExtension(false, undefined, true),
    ...(await keyIdentifiers(x509, publicKey, issuer.key)),
    ...revocation,
  ];
  chain.unshift(await issue(x509, { subject, publicKey, validity, extensions }, issuer));
  const certificates = chain.map((certificate) => encodePem('CERTIFICATE', certificate));
  return { certificates: certificates.join(''), root: certificates.at(-1) ?? '' };
}

async function issueCa(
  x509: X509,
  { subject, key }: Issuer,
  issuer: Issuer,
  pathLength: number,
  leafValidity: Validity,
): Promise<Uint8Array> {
  const extensions = [
    ...caExtensions(x509, pathLength),
    ...(await keyIdentifiers(x509, key.keys.publicKey, issuer.key)),
  ];
  const validity = caValidity(leafValidity);
  return issue(x509, { subject, publicKey: key.keys.publicKey, validity, extensions }, issuer);
}

/**
 * Returns the subject of a leaf.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function leafSubject({ name, subject }: TestCertificateOptions): NameJson {
  checkName(name);
  return subject === undefined ? testSubject(name) : parseSubject(subject);
}
