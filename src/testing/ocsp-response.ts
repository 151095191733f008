import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import { element, objectIdentifier, sequence } from '../asn1/der-writer.ts';
import { Oid } from '../asn1/oids.ts';
import { readAlgorithmOid, readInteger } from '../asn1/values.ts';
import { hash } from '../crypto/digest.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isNotationError } from '../errors/notation-error.ts';
import type { Certificate } from '../x509/certificate.ts';
import { eachExtension } from '../x509/extension-list.ts';
import { keyBits } from '../x509/public-key.ts';
import { CERT_ID_HASHES, type CertId } from '../x509/revocation/cert-id.ts';
import { extensionOf, generalizedTime, signDocument } from './signed-document.ts';
import type { Revocation, StatusRegister } from './status-register.ts';
import type { StatusSigner } from './status-signer.ts';

/** Between which times a CRL or an OCSP response is current. */
export interface ResponseTimes {
  thisUpdate: Date;
  nextUpdate: Date;
}

/** What an OCSP responder needs. */
interface OcspResponder {
  /** The CA that issued the certificates. */
  root: StatusSigner;
  /** Signs the responses: the CA itself, or a delegated responder. */
  responder: StatusSigner;
  register: StatusRegister;
}

/** A status that is requested. */
interface OcspQuestion {
  /** CertID, DER, which the response repeats. */
  der: Uint8Array;
  /** Its content; nothing if its hash function is unknown. */
  id?: CertId;
}

/** A parsed OCSPRequest (RFC 6960, section 4.1.1). */
interface OcspRequest {
  questions: OcspQuestion[];
  /** The value of the extension. */
  nonce?: Uint8Array;
}

/** OCSPResponseStatus of a request that cannot be read. */
const MALFORMED_REQUEST = 1;

/** Responds to an OCSPRequest, DER; one that is malformed is refused. */
export async function respondToOcsp(
  request: Uint8Array,
  responder: OcspResponder,
  times: ResponseTimes,
): Promise<Uint8Array> {
  try {
    return await answer(readRequest(request), responder, times);
  } catch (error) {
    if (!isNotationError(error, 'ERR_ENCODING_INVALID')) throw error;
    return sequence(element(Tag.enumerated, Uint8Array.of(MALFORMED_REQUEST)));
  }
}

/** @throws NotationError `ERR_ENCODING_INVALID` */
function readRequest(bytes: Uint8Array): OcspRequest {
  const outer = new DerReader(bytes, 'OCSP request', 'ERR_ENCODING_INVALID');
  // A signature may follow, which no responder requires.
  const request = outer.enter(Tag.sequence).enter(Tag.sequence);
  outer.end();
  if (request.peek() === contextTag(0)) request.read();
  if (request.peek() === contextTag(1)) request.read();
  const list = request.enter(Tag.sequence);
  const questions: OcspQuestion[] = [];
  while (!list.done) questions.push(readQuestion(list.enter(Tag.sequence)));
  if (questions.length === 0) throw list.error('is about no certificate');
  const nonce = request.done ? undefined : readNonce(request.enter(contextTag(2)));
  request.end();
  return { questions, ...(nonce && { nonce }) };
}

function readQuestion(question: DerReader): OcspQuestion {
  const { bytes, content } = question.read(Tag.sequence);
  const certId = question.inside(content);
  const name = CERT_ID_HASHES[readAlgorithmOid(certId.enter(Tag.sequence))];
  const issuerNameHash = certId.read(Tag.octetString).content;
  const issuerKeyHash = certId.read(Tag.octetString).content;
  const serialNumber = encodeHex(readInteger(certId));
  certId.end();
  return { der: bytes, ...(name && { id: { hash: name, issuerNameHash, issuerKeyHash, serialNumber } }) };
}

function readNonce(extensions: DerReader): Uint8Array | undefined {
  for (const { oid, value } of eachExtension(extensions.enter(Tag.sequence))) {
    if (oid === Oid.ocspNonce) return value.rest();
  }
  return undefined;
}

/** Makes an OCSPResponse with a BasicOCSPResponse (RFC 6960, section 4.2.1). */
async function answer(
  { questions, nonce }: OcspRequest,
  { root, responder, register }: OcspResponder,
  { thisUpdate, nextUpdate }: ResponseTimes,
): Promise<Uint8Array> {
  const { certificate, key } = responder;
  const answers = questions.map(async ({ der, id }) => {
    const known = id && (await isIssuer(id, root.certificate)) ? register.get(id.serialNumber) : undefined;
    const end = element(contextTag(0), generalizedTime(nextUpdate));
    return sequence(der, statusOf(known), generalizedTime(thisUpdate), end);
  });
  const content = sequence(
    element(contextTag(1), certificate.subject.der),
    generalizedTime(thisUpdate),
    sequence(...(await Promise.all(answers))),
    ...(nonce ? [element(contextTag(1), sequence(extensionOf(Oid.ocspNonce, nonce)))] : []),
  );
  const isDelegated = responder !== root;
  const certificates = isDelegated ? [element(contextTag(0), sequence(certificate.der))] : [];
  const basic = await signDocument(key, content, ...certificates);
  const response = sequence(objectIdentifier(Oid.ocspBasic), element(Tag.octetString, basic));
  return sequence(element(Tag.enumerated, Uint8Array.of(0)), element(contextTag(0), response));
}

async function isIssuer(
  { hash: name, issuerNameHash, issuerKeyHash }: CertId,
  issuer: Certificate,
): Promise<boolean> {
  const [ofName, ofKey] = await Promise.all([
    hash(name, issuer.subject.der),
    hash(name, keyBits(issuer.publicKey)),
  ]);
  return equalBytes(ofName, issuerNameHash) && equalBytes(ofKey, issuerKeyHash);
}

function statusOf(status: Revocation | 'good' | undefined): Uint8Array {
  if (status === undefined) return element(contextTag(2, false));
  if (status === 'good') return element(contextTag(0, false));
  const { at, reason } = status;
  return element(
    contextTag(1),
    generalizedTime(at),
    ...(reason === undefined ? [] : [element(contextTag(0), element(Tag.enumerated, Uint8Array.of(reason)))]),
  );
}
