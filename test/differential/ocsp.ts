import { Enumerated } from 'asn1js';
import { BasicOCSPResponse, OCSPResponse, RelativeDistinguishedNames, type SingleResponse } from 'pkijs';
import { contextTag, DerReader, Tag } from '../../src/asn1/der-reader.ts';
import { CERT_ID_HASHES } from '../../src/x509/revocation/cert-id.ts';
import {
  type SingleResponse as OurSingle,
  parseOcspResponse,
} from '../../src/x509/revocation/ocsp-response.ts';
import { forgeAuthority, forgeCertificate } from '../support/forge.ts';
import { archiveCutoff, forgeOcsp, forgeOcspRefusal, invalidityDate } from '../support/forge-ocsp.ts';
import { type Comparison, DER_RULES, type KeptPart, type OurReading } from './compare.ts';
import {
  certificateFields,
  certificateFieldsOf,
  contentOf,
  hexOf,
  keptAlgorithm,
  keptCertificate,
  keptElement,
  keptExtensions,
  keptName,
  reasonOf,
  signatureNamed,
  timeOf,
} from './pkijs.ts';

const issuer = forgeAuthority({ subject: 'issuer' });
const certificate = forgeCertificate({ issuer, serialNumber: Uint8Array.of(0, 0x80, 3) });
const time = new Date('2026-01-02T03:04:05Z');
const about = { certificate, issuer, thisUpdate: time, nextUpdate: time };

const seeds = [
  forgeOcsp({ responses: [about], signer: issuer, producedAt: time }),
  forgeOcsp({
    responses: [
      {
        ...about,
        hash: 'SHA-256',
        status: { time, reason: 1 },
        nextUpdate: null,
        extensions: [invalidityDate(time), archiveCutoff(time)],
      },
      { ...about, hash: '1.2.3', status: 'unknown' },
    ],
    signer: issuer,
    responder: 'key',
    producedAt: time,
    certificates: [certificate],
  }),
  forgeOcspRefusal(3),
];

/** pkijs refuses a response about no certificate, which says nothing about any. */
const NO_RESPONSES: KeptPart = {
  what: 'an empty list of responses',
  bytes: new Uint8Array(),
  read: () => {
    throw new Error('there is none');
  },
};

function ours(bytes: Uint8Array): OurReading {
  const response = parseOcspResponse(bytes);
  if ('refused' in response)
    return { fields: { refused: true }, kept: [keptElement('an unknown status', bytes)] };
  const { signatureAlgorithm: algorithm, responder } = response;
  const fields = {
    signedBytes: hexOf(response.signedBytes),
    algorithm: algorithm.name === 'unsupported' ? algorithm.name : `${algorithm.name} ${algorithm.hash}`,
    signature: hexOf(response.signature),
    responder: 'name' in responder ? { name: hexOf(responder.name) } : { keyHash: hexOf(responder.keyHash) },
    producedAt: response.producedAt,
    responses: response.responses.map(ourSingle),
    certificates: response.certificates.map(certificateFieldsOf),
  };
  const kept = [
    ...('name' in responder ? [keptName(responder.name)] : []),
    ...response.certificates.map(keptCertificate),
    ...keptIn(bytes),
    ...(response.responses.length === 0 ? [NO_RESPONSES] : []),
  ];
  return { fields, kept };
}

function ourSingle({ certId, status, revocation, ...single }: OurSingle): unknown {
  return {
    certId: certId && {
      hash: certId.hash,
      issuerNameHash: hexOf(certId.issuerNameHash),
      issuerKeyHash: hexOf(certId.issuerKeyHash),
      serialNumber: certId.serialNumber,
    },
    status,
    revocation,
    thisUpdate: single.thisUpdate,
    nextUpdate: single.nextUpdate,
    coversExpiredSince: single.coversExpiredSince,
  };
}

/** The algorithms and the lists of extensions. */
function keptIn(bytes: Uint8Array) {
  const response = new DerReader(bytes, 'OCSP response', 'ERR_OCSP_INVALID').enter(Tag.sequence);
  response.read();
  const wrapped = response.enterExplicit(contextTag(0), Tag.sequence);
  wrapped.read();
  const basic = wrapped.inside(wrapped.read().content).enter(Tag.sequence);
  const data = basic.enter(Tag.sequence);
  const kept = [keptAlgorithm(basic.read().bytes)];
  data.read();
  data.read();
  const singles = data.enter(Tag.sequence);
  while (!singles.done) {
    const single = singles.enter(Tag.sequence);
    kept.push(keptAlgorithm(single.enter(Tag.sequence).read().bytes));
    single.read();
    single.read();
    single.readOptional(contextTag(0));
    if (!single.done) kept.push(keptExtensions(single.read().content));
  }
  if (!data.done) kept.push(keptExtensions(data.read().content));
  return kept;
}

function theirs(bytes: Uint8Array): unknown {
  const response = OCSPResponse.fromBER(new Uint8Array(bytes));
  const [status] = response.responseStatus.valueBlock.valueHexView;
  if (status !== 0 || response.responseStatus.valueBlock.valueHexView.length > 1) return { refused: true };
  if (!response.responseBytes) throw new Error('there is no response');
  if (response.responseBytes.responseType !== '1.3.6.1.5.5.7.48.1.1') throw new Error('of another type');
  const basic = BasicOCSPResponse.fromBER(
    new Uint8Array(response.responseBytes.response.valueBlock.valueHexView),
  );
  const { responderID, producedAt, responses, tbsView } = basic.tbsResponseData;
  return {
    signedBytes: hexOf(tbsView),
    algorithm: signatureNamed(basic.signatureAlgorithm.algorithmId),
    signature: hexOf(basic.signature.valueBlock.valueHexView),
    responder:
      responderID instanceof RelativeDistinguishedNames
        ? { name: hexOf(responderID.valueBeforeDecode) }
        : { keyHash: contentOf(responderID) },
    producedAt,
    responses: responses.map(theirSingle),
    certificates: (basic.certs ?? []).map(certificateFields),
  };
}

function theirSingle(single: SingleResponse): unknown {
  const { certID: id, certStatus, thisUpdate, nextUpdate, singleExtensions } = single;
  const hash = CERT_ID_HASHES[id.hashAlgorithm.algorithmId];
  const status = ['good', 'revoked', 'unknown'][certStatus.idBlock.tagNumber];
  const [time, reason] = status === 'revoked' ? certStatus.valueBlock.value : [];
  const enumerated = reason?.valueBlock.value[0];
  if (enumerated && !(enumerated instanceof Enumerated)) throw new Error('the reason is not an ENUMERATED');
  return {
    certId: hash && {
      hash,
      issuerNameHash: contentOf(id.issuerNameHash),
      issuerKeyHash: contentOf(id.issuerKeyHash),
      serialNumber: contentOf(id.serialNumber),
    },
    status,
    revocation:
      status === 'revoked'
        ? {
            time: time?.toDate(),
            reason: reasonOf(enumerated),
            invalidityDate: timeOf(singleExtensions, '2.5.29.24'),
          }
        : undefined,
    thisUpdate,
    nextUpdate,
    coversExpiredSince: timeOf(singleExtensions, '1.3.6.1.5.5.7.48.1.6'),
  };
}

/** OCSP responses, by pkijs. */
export const ocspResponses: Comparison = {
  seeds,
  ours,
  theirs,
  stricter: [
    ...DER_RULES,
    [
      /has a malformed time$/,
      'RFC 6960, 4.2.2.1: a time is a GeneralizedTime with seconds, and Z; a fraction as DER writes it',
    ],
    [/has a time that does not exist$/, 'JavaScript takes 31 February for 3 March'],
    [/has the extension [\d.]+ twice$/, 'RFC 5280, 4.2: one extension of a kind'],
    [
      /has the unknown critical extension [\d.]+$/,
      'RFC 6960, 4.4: no critical extension of a status is known',
    ],
    [/has a BIT STRING that is not of whole bytes$/, 'no signature has unused bits'],
    [/has an unknown version$/, 'RFC 6960, 4.2.1: only version 1 exists'],
    [/has an unknown kind of responder ID$/, 'RFC 6960, 4.2.1: a name or the hash of a key'],
    [/has an unknown certificate status$/, 'RFC 6960, 4.2.1: good, revoked or unknown'],
  ],
  laxer: [
    [
      /2\.5\.29\.24 is malformed$/,
      'a time of invalidity that cannot be read is ignored: the certificate is revoked',
    ],
    [
      /1\.3\.6\.1\.5\.5\.7\.48\.1\.6 is malformed$/,
      'a time that would favour the response is ignored if it cannot be read',
    ],
  ],
};
