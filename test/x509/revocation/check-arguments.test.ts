import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import * as revocation from '../../../src/x509/revocation/index.ts';
import { failure, rejection } from '../../encoding/failure.ts';
import { FakeAuthorities, forgeNamingChain } from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeLeaf } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';

// Mistakes of callers in plain JavaScript, which must not pass a check because there is nothing to check.

const CRL = 'http://crl.example/ca.crl';
const authority = forgeAuthority({ subject: 'root' });
const { chain, leaf } = forgeNamingChain({ crl: [CRL] }, { root: authority });
const invalidityDate = new Date(Date.now() - 600_000);
const revoking = forgeCrl({
  issuer: authority,
  entries: [{ serialNumber: leaf.serialNumber, reason: 1, invalidityDate }],
});
const { fetch } = new FakeAuthorities({ [CRL]: revoking });

type Check = revocation.RevocationChecker['check'];
const checkers: [string, revocation.RevocationChecker][] = [
  ['createRevocationChecker', revocation.createRevocationChecker({ fetch })],
  ['createOfflineRevocationChecker', revocation.createOfflineRevocationChecker([revoking])],
];

describe.each(checkers)('a checker made by %s', (_, checker) => {
  const refuse = (of: unknown, how?: unknown) =>
    rejection(checker.check(of as Parameters<Check>[0], how as Parameters<Check>[1]), 'ERR_ARGUMENT_INVALID');

  it.each<[string, unknown]>([
    ['objects with the bytes alone', chain.map(({ der }) => ({ der }))],
    ['a list with holes', new Array(2)],
    ['an empty list', []],
    ['nothing', undefined],
  ])('rejects %s as the chain', async (_, of) => {
    expect(await refuse(of)).toContain('the certificate chain must');
  });

  it.each<[string, unknown]>([
    ['PEM', leaf.pem + authority.pem],
    ['a list of PEM', [leaf.pem, authority.pem]],
    ['PEM as bytes', new TextEncoder().encode(leaf.pem + authority.pem)],
    ['a list of DER', chain.map(({ der }) => der)],
    ['a list of several forms', [leaf.der, authority.pem]],
  ])('reports a revoked certificate in a chain given as %s', async (_, of) => {
    const [status] = await checker.check(of as Parameters<Check>[0]);
    expect(status).toMatchObject({ status: 'revoked' });
  });

  it.each([['2026-01-01'], [Date.now()], [null], [new Date(Number.NaN)]])(
    'rejects %s as the time of a check',
    async (now) => {
      expect(await refuse(chain, { now })).toContain('now must be a valid Date');
    },
  );

  it.each([[null], [0], [Date.now() / 1000], ['2020-01-01'], [new Date(Number.NaN)]])(
    'rejects %s as the authentic signing time',
    async (authenticSigningTime) => {
      expect(await refuse(chain, { authenticSigningTime })).toContain(
        'authenticSigningTime must be a valid Date',
      );
    },
  );

  it('reports a revoked certificate if the arguments are valid', async () => {
    expect(await checker.check(chain)).toMatchObject([{ status: 'revoked' }, { status: 'notChecked' }]);
    const authenticSigningTime = new Date(invalidityDate.getTime() - 60_000);
    expect(await checker.check(chain, { authenticSigningTime })).toMatchObject([
      { status: 'good' },
      { status: 'notChecked' },
    ]);
  });

  it('reports an unknown status for a last certificate whose issuer is missing', async () => {
    const [status] = await checker.check(chain.slice(0, 1));
    expect(status).toMatchObject({
      status: 'unknown',
      reason: { code: 'ERR_REVOCATION_UNKNOWN' },
      lookups: [],
    });
    expect(status?.reason?.message).toContain('naming-leaf');
    expect(status?.reason?.message).toContain('ends before its issuer');
  });

  it('does not take a leaf for a root because they have the same name', async () => {
    const namesake = forgeLeaf({
      subject: authority.subject,
      issuer: authority,
      extensions: [extensions.crl([CRL])],
    });
    expect(await checker.check([parseCertificate(namesake.der)])).toMatchObject([{ status: 'unknown' }]);
  });

  it('does not check a root, even if it names a URL', async () => {
    const naming = forgeLeaf({ subject: 'own root', extensions: [extensions.crl([CRL])] });
    expect(await checker.check([parseCertificate(naming.der)])).toEqual([
      { status: 'notChecked', lookups: [] },
    ]);
  });
});

describe('the option clock', () => {
  it.each([[new Date()], ['2026-01-01'], [null]])('may not be %s', (clock) => {
    const options = { clock: clock as never };
    expect(failure(() => revocation.createRevocationChecker(options), 'ERR_ARGUMENT_INVALID')).toContain(
      'clock',
    );
    expect(
      failure(() => revocation.createOfflineRevocationChecker([], options), 'ERR_ARGUMENT_INVALID'),
    ).toContain('clock');
  });

  it.each([[Date.now()], ['2026-01-01'], [undefined], [new Date(Number.NaN)]])(
    'may not return %s',
    async (time) => {
      const options = { fetch, clock: () => time as Date };
      const checking = revocation.createRevocationChecker(options).check(chain);
      expect(await rejection(checking, 'ERR_ARGUMENT_INVALID')).toContain('what clock returns');
      for (const other of [
        revocation.createOfflineRevocationChecker([], options).check(chain),
        revocation.fetchRevocationResponses(chain, options),
      ]) {
        expect(await rejection(other, 'ERR_ARGUMENT_INVALID')).toContain('what clock returns');
      }
    },
  );
});

describe('fetchRevocationResponses', () => {
  const collect = (from: unknown) =>
    revocation.fetchRevocationResponses(from as revocation.RevocationSubject, { fetch });

  it('rejects an empty list', async () => {
    expect(await rejection(collect([]), 'ERR_ARGUMENT_INVALID')).toContain('at least one');
  });

  it('rejects objects that have only the member der', async () => {
    const collecting = collect(chain.map(({ der }) => ({ der })));
    expect(await rejection(collecting, 'ERR_ARGUMENT_INVALID')).toContain('the certificate chain must be');
  });

  it('rejects a leaf without its issuer', async () => {
    expect(await rejection(collect(leaf.pem), 'ERR_REVOCATION_UNKNOWN')).toContain('ends before its issuer');
  });
});
