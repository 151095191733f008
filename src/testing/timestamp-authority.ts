import { Oid } from '../asn1/oids.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { encodePem } from '../encoding/pem.ts';
import { argumentInvalid, isNotationError } from '../errors/notation-error.ts';
import { readCertificate } from '../x509/certificate.ts';
import {
  caExtensions,
  type Issuer,
  issue,
  keyIdentifiers,
  type RevocationUrls,
  revocationExtensions,
} from './certificate.ts';
import { generateKey, type SigningKey } from './key.ts';
import { loadX509, type X509 } from './peculiar.ts';
import { caSubject, checkName, testSubject } from './subject.ts';
import {
  grant,
  isObjectIdentifier,
  Rejection,
  readRequest,
  reject,
  type TokenProfile,
} from './timestamp-token.ts';
import { caValidity, readClock, readTime, type Validity, validityOf } from './validity.ts';

/** The options of {@link createTestTimestampAuthority}. */
export interface TestTimestampAuthorityOptions {
  /** The common name of the TSA; `tsa.example` by default. */
  name?: string;
  /** The key specification of its certificates; `EC-256` by default. */
  keySpec?: KeySpec;
  /** Returns the time that goes into a token; the clock of the machine by default. */
  clock?: () => Date;
  /** The accuracy that the tokens claim, in whole milliseconds; by default they claim none. */
  accuracy?: number;
  /** The dotted object identifier of the TSA policy; by default one from the arc for examples. */
  policy?: string;
  /** When the certificates become valid, to the second; by default when the TSA is created, by `clock`. */
  notBefore?: Date;
  /** When the leaf expires, to the second; 365 days after `notBefore` by default. */
  notAfter?: Date;
  /** URLs of OCSP responders to put into the leaf; none by default. */
  ocsp?: RevocationUrls;
  /** URLs of certificate revocation lists to put into the leaf; none by default. */
  crl?: RevocationUrls;
}

/** A timestamping authority in this process. */
export interface TestTimestampAuthority {
  /** The URL to which `fetch` responds. */
  url: string;
  /** The certificate to put into a `tsa` trust store, in PEM. */
  rootCertificate: string;
  /** Responds to timestamp requests to `url`, and to any other URL with the status 404. No network is involved. */
  fetch: typeof globalThis.fetch;
}

const TSA_URL = 'https://tsa.example/';
const RESPONSE_TYPE = 'application/timestamp-reply';
const DAY = 86_400_000;
const MAX_ACCURACY = 86_400_000;
/** The limit of bytes in a request; a usual one has about a hundred. */
const MAX_REQUEST = 64 * 1024;

/**
 * Creates an RFC 3161 timestamping authority (TSA) for tests, demos and examples, with new keys and certificates: a leaf
 * for timestamping under a root. Its tokens are like those of a real TSA.
 *
 * @param options - Name, key specification, clock, accuracy, policy and validity; all have defaults.
 * @returns The URL and root certificate for `createTimestamper` and a trust store, and the `fetch` to give them.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an invalid option, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot
 * generate such keys
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 *
 * const tsa = await createTestTimestampAuthority({ accuracy: 500 });
 * const response = await tsa.fetch(tsa.url, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/timestamp-query' },
 *   body: new Uint8Array([0x30, 0]), // not a valid request: it is rejected
 * });
 * console.log(response.headers.get('content-type')); // application/timestamp-reply
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc3161
 */
export async function createTestTimestampAuthority(
  options: TestTimestampAuthorityOptions = {},
): Promise<TestTimestampAuthority> {
  const { clock = () => new Date(), accuracy, policy = Oid.examplePolicy } = options;
  const name = checkName(options.name ?? 'tsa.example');
  if (!isObjectIdentifier(policy)) throw argumentInvalid('policy must be a dotted object identifier');
  if (accuracy !== undefined && !(Number.isInteger(accuracy) && accuracy >= 0 && accuracy <= MAX_ACCURACY)) {
    throw argumentInvalid(`accuracy must be an integer of milliseconds from 0 to ${MAX_ACCURACY}`);
  }
  const notBefore = readTime('notBefore', options.notBefore ?? readClock(clock));
  const aYearLater = new Date(notBefore.getTime() + 365 * DAY);
  const validity = validityOf({ notBefore, notAfter: options.notAfter ?? aYearLater });
  const { root, leaf, key } = await generateCertificates(name, validity, options);
  const profile: TokenProfile = {
    policy,
    accuracy,
    key,
    leaf: readCertificate(leaf),
    chain: [leaf, root].map(readCertificate),
  };
  return {
    url: TSA_URL,
    rootCertificate: encodePem('CERTIFICATE', root),
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      if (request.url !== TSA_URL) return new Response(null, { status: 404 });
      if (request.method !== 'POST') return new Response(null, { status: 405 });
      if (request.headers.get('content-type') !== 'application/timestamp-query') {
        return new Response(null, { status: 415 });
      }
      const body = new Uint8Array(await request.arrayBuffer());
      const response = await respond(body, readClock(clock), profile);
      return new Response(response as BodyInit, { headers: { 'content-type': RESPONSE_TYPE } });
    },
  };
}

async function respond(body: Uint8Array, time: Date, profile: TokenProfile): Promise<Uint8Array> {
  try {
    if (body.length > MAX_REQUEST) throw new Rejection(5, 'the request is too large');
    return await grant(readRequest(body, profile.policy), time, profile);
  } catch (error) {
    if (error instanceof Rejection) return reject(error);
    if (!isNotationError(error, 'ERR_TIMESTAMP_INVALID')) throw error;
    return reject(new Rejection(5, error.message));
  }
}

async function generateCertificates(
  name: string,
  validity: Validity,
  { keySpec = 'EC-256', ocsp, crl }: TestTimestampAuthorityOptions,
): Promise<{ root: Uint8Array; leaf: Uint8Array; key: SigningKey }> {
  const x509 = await loadX509();
  const revocation = revocationExtensions(x509, { ocsp, crl });
  const [key, rootKey] = await Promise.all([generateKey(keySpec), generateKey(keySpec)]);
  const issuer: Issuer = { subject: caSubject(name, 'Root CA'), key: rootKey };
  const root = await issue(
    x509,
    {
      subject: issuer.subject,
      publicKey: rootKey.keys.publicKey,
      validity: caValidity(validity),
      extensions: [
        ...caExtensions(x509, 0),
        ...(await keyIdentifiers(x509, rootKey.keys.publicKey, rootKey)),
      ],
    },
    issuer,
  );
  const extensions = [
    ...timestampingExtensions(x509),
    ...(await keyIdentifiers(x509, key.keys.publicKey, rootKey)),
    ...revocation,
  ];
  const leaf = await issue(
    x509,
    { subject: testSubject(name), publicKey: key.keys.publicKey, validity, extensions },
    issuer,
  );
  return { root, leaf, key };
}

/** Returns the extensions of a TSA certificate: timestamping only, and critical (RFC 3161, section 2.3). */
function timestampingExtensions(x509: X509) {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.timeStamping], true),
    new x509.BasicConstraintsExtension(false, undefined, true),
  ];
}
