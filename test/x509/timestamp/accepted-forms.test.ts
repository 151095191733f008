import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type { TimestampForm } from '../../../src/x509/timestamp/types.ts';
import { verifyTimestamp } from '../../../src/x509/timestamp/verify-timestamp.ts';
import { rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { writtenOtherwise } from '../../support/forge.ts';
import {
  attribute,
  attributeOids,
  type ForgedSigner,
  type ForgedTokenContent,
  forgeTimestampAuthority,
  forgeToken,
  issuerAndSerial,
  signingCertificateV2,
} from '../../support/forge-timestamp.ts';

const signature = new TextEncoder().encode('a primitive signature');
const { leaf, root } = forgeTimestampAuthority();
const roots = [parseCertificate(root.der)];
const ALL: TimestampForm[] = ['indefiniteLength', 'otherCertificates', 'signingCertificateV1'];

const forge = (signer: Partial<ForgedSigner> = {}, token: Partial<ForgedTokenContent> = {}) =>
  forgeToken({ info: { signature }, signers: { signer: leaf, ...signer }, ...token });
const verify = (token: Uint8Array, accept?: TimestampForm[]) =>
  verifyTimestamp(token, { signature, roots, accept });

/** A signer that is identified by SigningCertificate only. */
function byOlderAttribute(hash = 'SHA-1', of = leaf): Partial<ForgedSigner> {
  const { signingCertificate, signingCertificateV2: newer } = attributeOids;
  // It has no hash algorithm, which SHA-256 has neither in the newer attribute.
  const withHash = signingCertificateV2(of, { hash });
  const named = signingCertificateV2(of, { certHash: certHashIn(withHash) });
  return { attributes: { [newer]: null, [signingCertificate]: attribute(signingCertificate, named) } };
}

/** The hash of SHA-1, which follows its identifier. */
function certHashIn(value: Uint8Array): Uint8Array {
  const at = value.findIndex((byte, i) => byte === 0x04 && value[i + 1] === 20);
  return value.subarray(at + 2, at + 22);
}

const attributeCertificate = der.explicit(2, der.sequence(der.nullValue()));
const olderAttributeCertificate = der.explicit(1, der.sequence(der.nullValue()));

const FORMS: [TimestampForm, string, () => Uint8Array][] = [
  ['indefiniteLength', 'indefinite lengths', () => der.indefinite(forge())],
  [
    'otherCertificates',
    'an attribute certificate',
    () => forge({}, { certificates: [attributeCertificate, leaf], version: 4 }),
  ],
  [
    'otherCertificates',
    'an attribute certificate of version 1',
    () => forge({}, { certificates: [leaf, olderAttributeCertificate] }),
  ],
  [
    'otherCertificates',
    'a certificate of another kind',
    () => forge({}, { certificates: [leaf, der.explicit(3, der.oid('1.2.3'))], version: 5 }),
  ],
  ['signingCertificateV1', 'SigningCertificate only', () => forge(byOlderAttribute())],
];

describe('a timestamp in a form that the notation CLI rejects', () => {
  it.each(FORMS)('is accepted by accept: ["%s"] with %s, which the result names', async (form, _, token) => {
    const verified = await verify(token(), [form]);
    expect(verified.accepted).toEqual([form]);
    expect(verified.certificates.map(({ der }) => der)).toEqual([leaf.der, root.der]);
    expect((await verify(token(), ALL)).accepted).toEqual([form]);
  });

  it.each(FORMS)('is rejected without accept: ["%s"] with %s', async (form, _, token) => {
    await rejection(verify(token()), 'ERR_TIMESTAMP_INVALID');
    const others = ALL.filter((one) => one !== form);
    await rejection(verify(token(), others), 'ERR_TIMESTAMP_INVALID');
  });

  it('is accepted if it has all of them', async () => {
    const token = der.indefinite(
      forge(byOlderAttribute(), { certificates: [attributeCertificate, leaf], version: 4 }),
    );
    expect((await verify(token, ALL)).accepted).toEqual(ALL);
  });

  it('must still be signed, and by the certificate that it names', async () => {
    const corrupt = der.indefinite(forge({ corruptSignature: true }));
    expect(await rejection(verify(corrupt, ALL), 'ERR_TIMESTAMP_INVALID')).toContain(
      'not made by its signer',
    );
    const other = forgeTimestampAuthority().leaf;
    const exchanged = forge(byOlderAttribute('SHA-1', other), { certificates: [leaf, other] });
    expect(await rejection(verify(exchanged, ALL), 'ERR_TIMESTAMP_INVALID')).toContain(
      'not made by its signer',
    );
    const { signingCertificate, signingCertificateV2: newer } = attributeOids;
    const wrong = signingCertificateV2(leaf, { certHash: new Uint8Array(20) });
    const attributes = { [newer]: null, [signingCertificate]: attribute(signingCertificate, wrong) };
    expect(await rejection(verify(forge({ attributes }), ALL), 'ERR_TIMESTAMP_INVALID')).toContain(
      'the hash of the certificate of its signer differs',
    );
  });
});

describe('a usual timestamp', () => {
  it('has no accepted forms, whatever is accepted', async () => {
    expect(await verify(forge(), ALL)).not.toHaveProperty('accepted');
    expect(await verify(forge())).not.toHaveProperty('accepted');
  });

  it('may name its certificate with the issuer in other string types', async () => {
    const named = forgeTimestampAuthority({ leaf: { issuerName: writtenOtherwise('TSA Root') } });
    const sid = issuerAndSerial(
      forgeTimestampAuthority({ leaf: { serialNumber: named.leaf.serialNumber } }).leaf,
    );
    const token = forgeToken({
      info: { signature },
      signers: { signer: named.leaf, sid, certificate: { issuerSerial: null } },
    });
    const trusted = [parseCertificate(named.root.der)];
    expect((await verifyTimestamp(token, { signature, roots: trusted })).certificates).toHaveLength(2);
  });

  it.each([['indefiniteLength'], [['ber']], [{}], [null]])(
    'cannot be verified with accept: %j',
    async (accept) => {
      const work = verifyTimestamp(forge(), { signature, roots, accept: accept as never });
      expect(await rejection(work, 'ERR_ARGUMENT_INVALID')).toContain('accept');
    },
  );
});
