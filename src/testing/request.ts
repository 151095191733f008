import type { KeySpec } from '../crypto/algorithms.ts';
import { encodePem } from '../encoding/pem.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { signerExtensions } from './certificate.ts';
import { exportPrivateKey, generateKey } from './key.ts';
import { loadX509, webCrypto } from './peculiar.ts';
import { parseSubject, testSubject } from './subject.ts';

/** The options of {@link createCertificateRequest}: one of `subject` and `name`. */
export type CertificateRequestOptions = {
  /** The key specification; `RSA-2048` by default. */
  keySpec?: KeySpec;
} & (
  | {
      /**
       * The subject, in the syntax of trusted identities: attributes `C`, `ST`, `L`, `STREET`, `POSTALCODE`, `O`, `OU`,
       * `CN`, `SERIALNUMBER`, each once, in any order. Trust policies match it by `C`, `ST` and `O` at least.
       */
      subject: string;
      name?: undefined;
    }
  | {
      /** The common name of the subject `C=US, ST=WA, L=Seattle, O=Notary, CN=<name>` of test certificates. */
      name: string;
      subject?: undefined;
    }
);

/** A private key with a certification request for it. */
export interface CertificateRequest {
  /** The private key: PKCS#8 in PEM. It stays with its owner. */
  privateKey: string;
  /** The certification request to send to the CA: PKCS#10 in PEM. */
  request: string;
}

/**
 * Generates a key with a request for a certificate that signs artifacts, to send to a company's PKI. It requests the
 * critical key usage `digitalSignature` and the extended key usage code signing.
 *
 * @param options - The subject, or the name of a test subject, and the key specification. RSA keys sign the request by
 * PKCS#1 v1.5 with SHA-256, EC keys with the hash of the curve.
 * @returns Key and request in PEM.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot
 * generate such a key
 *
 * @example
 * ```ts
 * import { createCertificateRequest } from 'notarykit/testing';
 *
 * const { privateKey, request } = await createCertificateRequest({
 *   subject: 'C=US, ST=WA, O=Wabbit Networks, CN=builder',
 *   keySpec: 'EC-384',
 * });
 * console.log(request.split('\n')[0]); // -----BEGIN CERTIFICATE REQUEST-----
 * ```
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 * @see https://www.rfc-editor.org/rfc/rfc2986
 */
export async function createCertificateRequest(
  options: CertificateRequestOptions,
): Promise<CertificateRequest> {
  const { name, subject, keySpec = 'RSA-2048' } = options;
  if ((name === undefined) === (subject === undefined)) {
    throw argumentInvalid('either subject or name must be given');
  }
  const distinguishedName = subject === undefined ? testSubject(name ?? '') : parseSubject(subject);
  const key = await generateKey(keySpec);
  const x509 = await loadX509();
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: new x509.Name(distinguishedName),
      keys: key.keys,
      signingAlgorithm: key.algorithm,
      extensions: signerExtensions(x509),
    },
    webCrypto(),
  );
  return {
    privateKey: await exportPrivateKey(key),
    request: encodePem('CERTIFICATE REQUEST', new Uint8Array(request.rawData)),
  };
}
