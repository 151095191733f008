import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import type { CertificateStatus } from '../../src/x509/revocation/certificate-status.ts';
import { createOfflineRevocationChecker, createRevocationChecker } from '../../src/x509/revocation/index.ts';
import * as der from '../support/der.ts';
import { FakeAuthorities, type FakeResponse } from '../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeLeaf, nameOf, writtenOtherwise } from '../support/forge.ts';
import { type ForgedScope, forgeCrl } from '../support/forge-crl.ts';

const CRL = 'http://crl.example/ca.crl';
const LDAP = 'ldap:///CN=CA,CN=CDP,DC=acme,DC=example?certificateRevocationList?base';
const root = forgeAuthority({ subject: 'naming root' });

type Points = Parameters<typeof extensions.crlPoints>[0];
const leafOf = (points: Points) => forgeLeaf({ issuer: root, extensions: [extensions.crlPoints(points)] });

async function check(
  points: Points,
  respond: (leaf: ReturnType<typeof leafOf>) => Record<string, FakeResponse>,
) {
  const leaf = leafOf(points);
  const authorities = new FakeAuthorities(respond(leaf));
  const chain = [leaf, root].map(({ der }) => parseCertificate(der));
  const [status] = await createRevocationChecker({ fetch: authorities.fetch }).check(chain);
  return { ...(status as CertificateStatus), requested: authorities.requested };
}

const good = () => ({ [CRL]: forgeCrl({ issuer: root }) });

describe('a distribution point with URLs of other schemes next to one of HTTP', () => {
  it.each([
    ['ldap: first, as AD CS writes it', [LDAP, CRL]],
    ['ldap: last', [CRL, LDAP]],
    ['https: and file:', ['https://crl.example/ca.crl', CRL, 'file://server/ca.crl']],
  ])('is fetched over HTTP with %s, and the report names the others', async (_, names) => {
    const result = await check([names], good);
    expect(result).toMatchObject({ status: 'good', requested: [CRL] });
    const others = names.filter((name) => name !== CRL);
    expect(result.lookups).toEqual([
      ...others.map((url) => ({
        method: 'CRL',
        url,
        source: 'network',
        answer: 'unknown',
        code: 'ERR_AUTHORITY_RESPONSE',
        message: expect.stringContaining('was not queried: only http is supported'),
      })),
      expect.objectContaining({ url: CRL, answer: 'good' }),
    ]);
  });

  it('revokes as one with a single URL does', async () => {
    const result = await check([[LDAP, CRL]], ({ serialNumber }) => ({
      [CRL]: forgeCrl({ issuer: root, entries: [{ serialNumber }] }),
    }));
    expect(result.status).toBe('revoked');
  });

  it('leaves the status unknown if the URL of HTTP does', async () => {
    expect(await check([[LDAP, CRL]], () => ({ [CRL]: 404 }))).toMatchObject({ status: 'unknown' });
  });

  it('does not stand for a distribution point of another scheme alone', async () => {
    const result = await check([[LDAP, CRL], [`${LDAP}&1`]], good);
    expect(result).toMatchObject({ status: 'unknown', requested: [CRL] });
  });

  it('is in the scope of a CRL that names only the URL of another scheme', async () => {
    const scope = { addresses: [LDAP] };
    const result = await check([[LDAP, CRL]], () => ({ [CRL]: forgeCrl({ issuer: root, scope }) }));
    expect(result.status).toBe('good');
  });
});

describe('a CRL whose issuing distribution point has a directory name', () => {
  const point = nameOf([
    ['O', 'Acme'],
    ['CN', 'CRL 1'],
  ]);
  const other = nameOf([
    ['O', 'Acme'],
    ['CN', 'CRL 2'],
  ]);
  const scoped = (scope: ForgedScope) => () => ({ [CRL]: forgeCrl({ issuer: root, scope }) });

  it.each<[string, Points]>([
    ['in the distribution point of the URL', [[CRL, point]]],
    ['in a distribution point of its own', [[CRL], [point]]],
  ])('covers a certificate that has the name %s', async (_, points) => {
    expect((await check(points, scoped({ addresses: [point] }))).status).toBe('good');
  });

  it('covers a certificate that writes the name in other string types', async () => {
    const addresses = [nameOf('CRL 1')];
    expect((await check([[CRL, writtenOtherwise('crl 1')]], scoped({ addresses }))).status).toBe('good');
  });

  it.each<[string, Points]>([
    ['another name', [[CRL, other]]],
    ['no directory name', [[CRL]]],
    ['a name that cannot be read', [[CRL, der.sequence(der.nullValue())]]],
  ])('does not cover a certificate with %s', async (_, points) => {
    const result = await check(points, scoped({ addresses: [point] }));
    expect(result.status).toBe('unknown');
    expect(result.reason?.message).toContain('its distribution point is not in the certificate');
  });

  it('covers a certificate if it is given by the caller', async () => {
    const leaf = leafOf([[CRL, point]]);
    const chain = [leaf, root].map((one) => parseCertificate(one.der));
    const crl = forgeCrl({ issuer: root, scope: { addresses: [point] } });
    const [status] = await createOfflineRevocationChecker([crl]).check(chain);
    expect(status?.status).toBe('good');
  });
});
