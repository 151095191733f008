import { describe, expect, it } from 'vitest';
import type { EvaluationTime } from '../../../src/x509/revocation/evaluation.ts';
import { rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedContent,
  type ForgedKeyType,
  type ForgedSignature,
  forgeAuthority,
  forgeCertificate,
  forgeKey,
  forgeLeaf,
  purposes,
} from '../../support/forge.ts';
import { type ForgedSingleResponse, forgeOcsp } from '../../support/forge-ocsp.ts';
import { ago, certificate, evaluate, forge, issuer, later, refused } from './forge-evaluated-ocsp.ts';

const SIGNED_BY_NOBODY = 'it is signed neither by the issuer of the certificate nor by a responder';
const responderExtensions = [
  extensions.keyUsage(['digitalSignature']),
  extensions.extendedKeyUsage([purposes.ocspSigning]),
];
const appoint = (content: ForgedContent = {}) =>
  forgeCertificate({ subject: 'responder', issuer, extensions: responderExtensions, ...content });
const by = (signer: Forged, single: Partial<ForgedSingleResponse> = {}, certificates = [signer]) =>
  forge(single, { signer, certificates });

describe('the signature of an OCSP response', () => {
  const kinds: [ForgedKeyType, ForgedSignature][] = [
    ['RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
    ['RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
    ['RSA-2048', { name: 'RSA-PSS', hash: 'SHA-256' }],
    ['RSA-2048', { name: 'RSA-PSS', hash: 'SHA-384' }],
    ['EC-256', { name: 'ECDSA', hash: 'SHA-256' }],
    ['EC-384', { name: 'ECDSA', hash: 'SHA-384' }],
    ['EC-521', { name: 'ECDSA', hash: 'SHA-512' }],
    ['EC-384', { name: 'ECDSA', hash: 'SHA-256' }],
  ];
  it.each(kinds)('may be made with %s and %o', async (type, signature) => {
    const signer = forgeAuthority({ subject: 'signer', key: type });
    const leaf = forgeLeaf({ issuer: signer });
    const single: ForgedSingleResponse = { certificate: leaf, issuer: signer };
    const response = forgeOcsp({ responses: [single], signer, signature });
    expect(await evaluate(response, {}, leaf, signer)).toMatchObject({ answer: 'good' });
    const broken = forgeOcsp({ responses: [single], signer, signature, corruptSignature: true });
    expect(await rejection(evaluate(broken, {}, leaf, signer), 'ERR_OCSP_INVALID')).toContain(
      SIGNED_BY_NOBODY,
    );
  });

  it.each<[string, ForgedKeyType, ForgedSignature]>([
    ['SHA-1 with ECDSA', 'EC-256', { name: 'ECDSA', hash: 'SHA-1' }],
    ['SHA-1 with RSA', 'RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }],
    ['MD5 with RSA', 'RSA-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'MD5' }],
    ['unusual parameters', 'RSA-2048', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 20 }],
    ['Ed25519', 'Ed25519', { name: 'Ed25519', hash: 'SHA-512' }],
  ])('cannot be made with %s', async (name, type, signature) => {
    const signer = forgeAuthority({ subject: 'signer', key: type });
    const leaf = forgeLeaf({ issuer: signer });
    const response = forgeOcsp({ responses: [{ certificate: leaf, issuer: signer }], signer, signature });
    expect(await rejection(evaluate(response, {}, leaf, signer), 'ERR_OCSP_INVALID')).toContain(name);
  });

  it('may not be of a key other than that of the issuer', async () => {
    expect(await refused(forge({}, { signingKey: forgeKey('EC-256') }))).toContain(SIGNED_BY_NOBODY);
  });

  it('may not be of another type of key', async () => {
    expect(await refused(forge({}, { signingKey: forgeKey('RSA-2048') }))).toContain(SIGNED_BY_NOBODY);
  });

  it('is accepted only if the response names the issuer by name or key', async () => {
    expect(await evaluate(forge({}, { responder: 'key' }))).toMatchObject({ answer: 'good' });
    for (const responder of [
      der.explicit(1, certificate.subject),
      der.explicit(2, der.octetString(new Uint8Array(20))),
      der.explicit(2, der.octetString(new Uint8Array())),
    ]) {
      expect(await refused(forge({}, { responder }))).toContain(SIGNED_BY_NOBODY);
    }
  });

  it('covers every byte of the data', async () => {
    const response = forge({ status: {} });
    for (let i = 0; i < response.length; i++) {
      const tampered = Uint8Array.from(response, (byte, j) => (i === j ? byte ^ 1 : byte));
      const answer = await evaluateOrRefuse(tampered);
      expect([undefined, 'revoked'], `byte ${i}`).toContain(answer);
    }
  });
});

describe('a delegated responder', () => {
  it('may sign for the issuer, once its own status is known', async () => {
    const responder = appoint();
    const evaluation = await evaluate(by(responder));
    expect(evaluation.answer).toBe('good');
    expect(evaluation.responderToCheck?.der).toEqual(responder.der);
  });

  it('may have a critical extension that is known', async () => {
    const signer = appoint({ extensions: [...responderExtensions, extensions.ocspNoCheck(true)] });
    const evaluation = await evaluate(by(signer));
    expect(evaluation).toMatchObject({ answer: 'good' });
    expect(evaluation.responderToCheck).toBeUndefined();
  });

  it('need not be looked up if its certificate has id-pkix-ocsp-nocheck', async () => {
    const responder = appoint({ extensions: [...responderExtensions, extensions.ocspNoCheck()] });
    const evaluation = await evaluate(by(responder));
    expect(evaluation.answer).toBe('good');
    expect(evaluation.responderToCheck).toBeUndefined();
  });

  it('must be looked up even if it reports an unknown certificate', async () => {
    const evaluation = await evaluate(by(appoint(), { status: 'unknown' }));
    expect(evaluation).toMatchObject({ answer: 'unknown', responderToCheck: expect.anything() });
  });

  it('may be named by the hash of its key', async () => {
    const signer = appoint();
    const response = forge({}, { signer, certificates: [signer], responder: 'key' });
    expect(await evaluate(response)).toMatchObject({ answer: 'good' });
  });

  it('may have a certificate without key usage', async () => {
    const signer = appoint({ extensions: [extensions.extendedKeyUsage([purposes.ocspSigning], true)] });
    expect(await evaluate(by(signer))).toMatchObject({ answer: 'good' });
  });

  it('may have the name of the issuer and another key', async () => {
    const signer = appoint({ subject: issuer.subject });
    expect(await evaluate(by(signer))).toMatchObject({ answer: 'good' });
  });

  it.each(['RSA-2048', 'EC-384', 'EC-521'] as const)('may have a key of %s', async (key) => {
    expect(await evaluate(by(appoint({ key })))).toMatchObject({ answer: 'good' });
  });

  it('is found among other certificates in any order', async () => {
    const responder = appoint();
    const others = [issuer, certificate, forgeAuthority()];
    for (const list of [
      [responder, ...others],
      [...others, responder],
    ]) {
      expect(await evaluate(by(responder, {}, list))).toMatchObject({ answer: 'good' });
    }
  });

  it('is found after its own certificate of another CA', async () => {
    const responder = appoint();
    const foreign = appoint({ key: responder.key, issuer: forgeAuthority({ subject: 'other' }) });
    expect(await evaluate(by(responder, {}, [foreign, responder]))).toMatchObject({ answer: 'good' });
  });

  const other = forgeAuthority({ subject: 'other' });
  const namesake = forgeAuthority({ subject: 'issuer' });
  const usage = (usages: Parameters<typeof extensions.keyUsage>[0]) => [
    extensions.keyUsage(usages),
    extensions.extendedKeyUsage([purposes.ocspSigning]),
  ];
  const unknownCritical = extensions.of('1.2.3.4', der.nullValue(), true);
  const purpose = (...oids: string[]) => [extensions.extendedKeyUsage(oids)];
  it.each<[string, Forged, RegExp]>([
    ['has no extended key usage', appoint({ extensions: [] }), /not for OCSP signing/],
    ['is for signing code', appoint({ extensions: purpose(purposes.codeSigning) }), /not for OCSP signing/],
    ['is for any purpose', appoint({ extensions: purpose(purposes.any) }), /not for OCSP signing/],
    ['is the one in question', certificate, /not for OCSP signing/],
    [
      'has an unknown critical extension',
      appoint({ extensions: [...responderExtensions, unknownCritical] }),
      /unknown critical extension 1\.2\.3\.4/,
    ],
    [
      'has an unknown critical extension behind a known one',
      appoint({ extensions: [...responderExtensions, extensions.ocspNoCheck(true), unknownCritical] }),
      /unknown critical extension 1\.2\.3\.4/,
    ],
    ['has another key usage', appoint({ extensions: usage(['keyCertSign']) }), /digitalSignature/],
    ['has expired', appoint({ notBefore: ago(600), notAfter: ago(1) }), /not valid now/],
    ['is not valid yet', appoint({ notBefore: later(1) }), /not valid now/],
    ['is of another CA', appoint({ issuer: other }), /not delegated/],
    ['is of another CA of the same name', appoint({ issuer: namesake }), /not delegated/],
    ['is of the issuer, by another name', appoint({ issuerName: other.subject }), /not delegated/],
    ['is self-signed', forgeCertificate({ extensions: responderExtensions }), /not delegated/],
    ['has a broken signature', appoint({ corruptSignature: true }), /not delegated/],
    ['is signed with SHA-1', appoint({ signature: { name: 'ECDSA', hash: 'SHA-1' } }), /SHA-1/],
  ])('must not sign for the issuer if its certificate %s', async (_, signer, reason) => {
    expect(await refused(by(signer))).toMatch(reason);
    expect(await refused(by(signer, { status: 'unknown' }))).toMatch(reason);
  });

  it('of a lower CA must not sign for the CA above', async () => {
    const lower = forgeAuthority({ issuer });
    const responder = appoint({ issuer: lower });
    expect(await refused(by(responder, {}, [responder, lower]))).toContain('was not delegated');
  });

  it('must be in the response', async () => {
    expect(await refused(by(appoint(), {}, []))).toContain(SIGNED_BY_NOBODY);
  });

  it('must have signed the response', async () => {
    const signer = appoint();
    for (const how of [{ signingKey: forgeKey('EC-256') }, { corruptSignature: true }]) {
      const response = forge({}, { signer, certificates: [signer], ...how });
      expect(await refused(response)).toContain(SIGNED_BY_NOBODY);
    }
  });

  it('must be the responder that the response names', async () => {
    const responder = der.explicit(1, certificate.subject);
    const signer = appoint();
    const response = forge({}, { signer, certificates: [signer], responder });
    expect(await refused(response)).toContain(SIGNED_BY_NOBODY);
  });

  it('must have a certificate that can be read', async () => {
    expect(await refused(by(appoint(), {}, [{ ...certificate, der: der.sequence() }]))).toContain(
      'cannot be read',
    );
  });

  it.each<[string, Forged]>([
    ['not for OCSP signing', appoint({ extensions: [] })],
    ['expired', appoint({ notBefore: ago(600), notAfter: ago(1) })],
    [
      'not wholly understood',
      appoint({ extensions: [...responderExtensions, extensions.of('1.2.3.4', der.nullValue(), true)] }),
    ],
  ])('reports a revocation even if its certificate is %s', async (_, signer) => {
    expect(await evaluate(by(signer, { status: {} }))).toMatchObject({ answer: 'revoked', doubtful: true });
  });

  it('of another CA cannot report a revocation', async () => {
    expect(await refused(by(appoint({ issuer: other }), { status: {} }))).toContain('was not delegated');
  });
});

async function evaluateOrRefuse(
  bytes: Uint8Array,
  at?: Partial<EvaluationTime>,
): Promise<string | undefined> {
  try {
    return (await evaluate(bytes, at)).answer;
  } catch (error) {
    expect(error).toMatchObject({ name: 'NotationError' });
    return undefined;
  }
}
