import type { KeySpec } from '../crypto/algorithms.ts';
import { encodePem } from '../encoding/pem.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { readCertificate } from '../x509/certificate.ts';
import { issue, keyIdentifiers, revocationExtensions, signerExtensions } from './certificate.ts';
import { leafSubject, type TestCertificate, type TestCertificateOptions } from './generate.ts';
import { exportPrivateKey, generateKey } from './key.ts';
import { loadX509 } from './peculiar.ts';
import { StatusRegister, type TestRevocation } from './status-register.ts';
import {
  isStatusService,
  StatusServices,
  type TestStatusResponse,
  type TestStatusService,
} from './status-services.ts';
import { createResponder, createRoot } from './status-signer.ts';
import { readClock, validityOf } from './validity.ts';

/** The options of {@link createTestCa}. */
export interface TestCaOptions {
  /** The common name of the CA, and the host of its URLs: a host name in lower case; `ca.example` by default. */
  name?: string;
  /** The key specification of the CA and of its responder; `EC-256` by default. */
  keySpec?: KeySpec;
  /** Returns the time of certificates, responses and lists; the clock of the machine by default. */
  clock?: () => Date;
  /** The services whose URLs its certificates name; both by default. */
  services?: readonly TestStatusService[];
  /** Whether a responder with a certificate of its own signs OCSP responses (RFC 6960, section 4.2.2.2); off by default. */
  delegated?: boolean;
}

/** The options of a certificate that a {@link TestCa} issues. */
export interface TestCaCertificateOptions extends Omit<TestCertificateOptions, 'certificateSignature'> {
  /** The key specification; `EC-256` by default. */
  keySpec?: KeySpec;
  /** When the certificate becomes valid, to the second; now by default, by the clock of the CA. */
  notBefore?: Date;
}

/** A CA in this process, with its OCSP responder and its CRL. */
export interface TestCa {
  /** The certificate to put into a `ca` trust store, in PEM. */
  rootCertificate: string;
  /** The URL of the OCSP responder: `http://ocsp.<name>/`. */
  ocspUrl: string;
  /** The URL of the CRL: `http://crl.<name>/ca.crl`. */
  crlUrl: string;
  /**
   * Responds to OCSP requests and serves the CRL, and responds to any other URL with the status 404. No network is
   * involved. Give it to `createRevocationChecker`.
   */
  fetch: typeof globalThis.fetch;
  /**
   * Issues a certificate that signs artifacts, with a new key.
   * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_RUNTIME_UNSUPPORTED`
   */
  issue(options: TestCaCertificateOptions): Promise<TestCertificate>;
  /**
   * Revokes a certificate: responses and lists say so from now on.
   * @throws NotationError `ERR_ARGUMENT_INVALID` for a certificate that this CA has not issued, and for invalid options
   */
  revoke(certificate: TestCertificate, options?: TestRevocation): void;
  /**
   * Forgets a certificate: the OCSP responder does not know it (`unknown`), and the CRL does not list it, which counts as
   * good. To test unknown certificates, let them name the OCSP responder alone.
   * @throws NotationError `ERR_ARGUMENT_INVALID` for a certificate that this CA has not issued
   */
  forget(certificate: TestCertificate): void;
  /**
   * Says what the services respond with from now on; those that are not named stay as they are. At first they are current.
   * @throws NotationError `ERR_ARGUMENT_INVALID`
   */
  serve(responses: Partial<Record<TestStatusService, TestStatusResponse>>): void;
}

const HOUR = 3_600_000;
const LIFETIME = 3650 * 24 * HOUR;
/** It is the common name of the CA, too, which has at most 64 characters. */
const HOST = /^(?=.{1,50}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/**
 * Creates a CA for tests, with an OCSP responder and a certificate revocation list, to test what a verifier does when a
 * certificate is revoked, unknown, or its status cannot be learnt. All of it is in this process.
 *
 * @param options - Name, key specification, clock, the URLs in certificates and who signs OCSP responses; all have
 * defaults. The CA is valid for ten years from an hour before its creation. Responses and lists are made when they are
 * requested, and are current for an hour.
 * @returns The root certificate for a trust store, the `fetch` for a revocation checker, and functions that issue and revoke
 * certificates.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot
 * generate such keys
 *
 * @example
 * ```ts
 * import { createTestCa } from 'notarykit/testing';
 * import { createRevocationChecker } from 'notarykit/x509/revocation';
 *
 * const ca = await createTestCa();
 * const release = await ca.issue({ name: 'release.example' });
 * ca.revoke(release, { reason: 'keyCompromise' });
 *
 * const revocation = createRevocationChecker({ fetch: ca.fetch });
 * const [leaf] = await revocation.check(release.certificates);
 * console.log(leaf?.status, leaf?.revocation?.reason); // revoked keyCompromise
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6960
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-5
 */
export async function createTestCa(options: TestCaOptions = {}): Promise<TestCa> {
  const { name = 'ca.example', keySpec = 'EC-256', clock = () => new Date(), delegated = false } = options;
  if (typeof name !== 'string' || !HOST.test(name)) {
    throw argumentInvalid('name must be a host name in lower case, such as ca.example');
  }
  const named = readServices(options.services ?? ['ocsp', 'crl']);
  const created = readClock(clock).getTime();
  const validity = validityOf({
    notBefore: new Date(created - HOUR),
    notAfter: new Date(created + LIFETIME),
  });
  const root = await createRoot(name, keySpec, validity);
  const responder = delegated ? await createResponder(name, keySpec, validity, root) : root;
  const rootCertificate = encodePem('CERTIFICATE', root.certificate.der);
  const register = new StatusRegister();
  const services = new StatusServices({ host: name, root, responder, register, clock });
  const { ocspUrl, crlUrl } = services;
  const urls = {
    ...(named.includes('ocsp') && { ocsp: ocspUrl }),
    ...(named.includes('crl') && { crl: crlUrl }),
  };

  return {
    rootCertificate,
    ocspUrl,
    crlUrl,
    async issue(given) {
      const subject = leafSubject(given);
      const { notBefore = readClock(clock), notAfter } = given;
      const leafValidity = validityOf({ notBefore, notAfter });
      const key = await generateKey(given.keySpec ?? 'EC-256');
      const x509 = await loadX509();
      const { publicKey } = key.keys;
      const extensions = [
        ...signerExtensions(x509),
        ...(await keyIdentifiers(x509, publicKey, root.key)),
        ...revocationExtensions(x509, urls),
      ];
      const der = await issue(x509, { subject, publicKey, validity: leafValidity, extensions }, root);
      register.add(readCertificate(der).serialNumber);
      const certificates = encodePem('CERTIFICATE', der) + rootCertificate;
      return { privateKey: await exportPrivateKey(key), certificates, root: rootCertificate };
    },
    revoke: (certificate, revocation = {}) => register.revoke(certificate, revocation, readClock(clock)),
    forget: (certificate) => register.forget(certificate),
    serve: (responses) => services.serve(responses),
    fetch: services.fetch,
  };
}

function readServices(services: readonly TestStatusService[]): readonly TestStatusService[] {
  if (Array.isArray(services) && services.every(isStatusService)) return [...services];
  throw argumentInvalid('services must be a list of "ocsp" and "crl"');
}
