import { Oid } from '../asn1/oids.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { encodePem } from '../encoding/pem.ts';
import { argumentInvalid, isNotationError } from '../errors/notation-error.ts';
import { parseCertificate } from '../x509/certificate.ts';
import {
  type Addresses,
  authorityExtensions,
  type Issuer,
  issue,
  keyIdentifiers,
  revocationExtensions,
} from './certificate.ts';
import { generateKey, type SigningKey } from './key.ts';
import { loadX509, type X509 } from './peculiar.ts';
import { authoritySubject, checkName, testSubject } from './subject.ts';
import { grant, isObjectIdentifier, Refusal, readQuery, refuse, type TokenTerms } from './timestamp-token.ts';
import { authorityValidity, type Validity, validityOf } from './validity.ts';

/** What {@link createTestTimestampAuthority} takes. */
export interface TestTimestampAuthorityOptions {
  /** The common name of the authority; `tsa.example` when left out. */
  name?: string;
  /** The kind of its keys; `EC-256` when left out. */
  keySpec?: KeySpec;
  /** Gives the time that the tokens say; the clock of the machine when left out. */
  clock?: () => Date;
  /** What the tokens claim the time to be accurate to, in whole milliseconds; they claim nothing when left out. */
  accuracy?: number;
  /** The dotted object identifier of the policy of the tokens; one for examples when left out. */
  policy?: string;
  /** When the certificates begin to be valid, to the second; when the authority is created, by `clock`, when left out. */
  notBefore?: Date;
  /** When the leaf ceases to be valid, to the second; 365 days after `notBefore` when left out. */
  notAfter?: Date;
  /** Addresses of OCSP responders to put into the leaf; none when left out. */
  ocsp?: Addresses;
  /** Addresses of certificate revocation lists to put into the leaf; none when left out. */
  crl?: Addresses;
}

/** A timestamping authority in this process. */
export interface TestTimestampAuthority {
  /** Where `fetch` takes requests. */
  url: string;
  /** The certificate to put into a `tsa` trust store, in PEM. */
  rootCertificate: string;
  /** Answers timestamp requests to `url`, and anything else with the status 404. Nothing goes over a network. */
  fetch: typeof globalThis.fetch;
}

const URL_OF_AUTHORITY = 'https://tsa.example/';
const REPLY = 'application/timestamp-reply';
/** The arc for examples (RFC 5612). */
const DAY = 86_400_000;
const EARLIEST = Date.UTC(1950, 0);
/** A year before the end of what certificates can say. */
const LATEST = Date.UTC(9999, 0);
const MAX_ACCURACY = 86_400_000;
/** Bytes of a request; the usual ones have a hundred. */
const MAX_REQUEST = 64 * 1024;

/**
 * Creates an RFC 3161 timestamping authority for tests, demos and examples, with new keys and certificates: a leaf
 * for timestamping under a root. Its tokens are as real authorities make them.
 *
 * @param options - What has defaults: name, kind of keys, clock, accuracy, policy and validity.
 * @returns What `createTimestamper` and a trust store need.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option out of its bounds, `ERR_RUNTIME_UNSUPPORTED` where the
 * runtime cannot generate such keys
 *
 * @example
 * ```ts
 * import { createTestTimestampAuthority } from 'notarykit/testing';
 *
 * const authority = await createTestTimestampAuthority({ accuracy: 500 });
 * const response = await authority.fetch(authority.url, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/timestamp-query' },
 *   body: new Uint8Array([0x30, 0]), // no request: it is refused
 * });
 * console.log(response.headers.get('content-type')); // application/timestamp-reply
 * ```
 *
 * @see RFC 3161
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
  const { root, leaf, key } = await generateAuthority(name, validity, options);
  const terms: TokenTerms = {
    policy,
    accuracy,
    key,
    leaf: parseCertificate(leaf),
    chain: [leaf, root].map(parseCertificate),
  };
  return {
    url: URL_OF_AUTHORITY,
    rootCertificate: encodePem('CERTIFICATE', root),
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      if (request.url !== URL_OF_AUTHORITY) return new Response(null, { status: 404 });
      if (request.method !== 'POST') return new Response(null, { status: 405 });
      if (request.headers.get('content-type') !== 'application/timestamp-query') {
        return new Response(null, { status: 415 });
      }
      const body = new Uint8Array(await request.arrayBuffer());
      const reply = await answer(body, readClock(clock), terms);
      return new Response(reply as BodyInit, { headers: { 'content-type': REPLY } });
    },
  };
}

async function answer(body: Uint8Array, time: Date, terms: TokenTerms): Promise<Uint8Array> {
  try {
    if (body.length > MAX_REQUEST) throw new Refusal(5, 'the request is too large');
    return await grant(readQuery(body, terms.policy), time, terms);
  } catch (error) {
    if (error instanceof Refusal) return refuse(error);
    if (!isNotationError(error, 'ERR_TIMESTAMP_INVALID')) throw error;
    return refuse(new Refusal(5, error.message));
  }
}

async function generateAuthority(
  name: string,
  validity: Validity,
  { keySpec = 'EC-256', ocsp, crl }: TestTimestampAuthorityOptions,
): Promise<{ root: Uint8Array; leaf: Uint8Array; key: SigningKey }> {
  const x509 = await loadX509();
  const revocation = revocationExtensions(x509, { ocsp, crl });
  const [key, rootKey] = await Promise.all([generateKey(keySpec), generateKey(keySpec)]);
  const issuer: Issuer = { subject: authoritySubject(name, 'Root CA'), key: rootKey };
  const root = await issue(
    x509,
    {
      subject: issuer.subject,
      publicKey: rootKey.keys.publicKey,
      validity: authorityValidity(validity),
      extensions: [
        ...authorityExtensions(x509, 0),
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

/** RFC 3161, section 2.3: for timestamping, for nothing else, and critical. */
function timestampingExtensions(x509: X509) {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.timeStamping], true),
    new x509.BasicConstraintsExtension(false, undefined, true),
  ];
}

function readClock(clock: () => Date): Date {
  return readTime('what clock gives', typeof clock === 'function' ? clock() : undefined);
}

function readTime(name: string, time: unknown): Date {
  const fits = time instanceof Date && time.getTime() >= EARLIEST && time.getTime() < LATEST;
  if (fits) return time;
  throw argumentInvalid(`${name} must be a Date of the years 1950 to 9998`);
}
