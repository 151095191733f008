import { describe, expect, it } from 'vitest';
import type { TrustPinning } from '../../src/dct/pinning.ts';
import { verifyTrustData } from '../../src/dct/verify-trust-data.ts';
import { extensions, forgeAuthority, purposes } from '../support/forge.ts';
import { forgeRootKey, forgeTrust, GUN, NOW, sourceOf } from '../support/forge-trust.ts';

const UNTRUSTED = expect.objectContaining({ code: 'ERR_DCT_ROOT_UNTRUSTED' });
const THRESHOLD = expect.objectContaining({ code: 'ERR_DCT_THRESHOLD' });
const OTHER = '0'.repeat(64);
const key = forgeRootKey();
const trust = forgeTrust({ keys: { root: [key] } });

const verify = (pinning: TrustPinning | undefined, served = trust) =>
  verifyTrustData(sourceOf(served), { clock: () => NOW, pinning });

describe('a root without pinning', () => {
  it.each([undefined, {}, { firstUse: false }, { certificates: { 'registry.example.com/other': [key.id] } }])(
    'is not trusted under %j',
    async (pinning) => {
      await expect(verify(pinning)).rejects.toEqual(UNTRUSTED);
    },
  );

  it('is trusted on first use if the caller wants that', async () => {
    await expect(verify({ firstUse: true })).resolves.toBeDefined();
  });
});

describe('a pinned certificate', () => {
  it.each([
    ['the GUN', GUN],
    ['a prefix', 'registry.example.com/*'],
    ['every GUN', '*'],
  ])('makes a root trusted by its identifier under %s', async (_, name) => {
    await expect(verify({ certificates: { [name]: [OTHER, key.id] } })).resolves.toBeDefined();
  });

  it('decides under the GUN, then under the longest prefix, even if another one would be trusted', async () => {
    const certificates = { '*': [key.id], 'registry.example.com/*': [OTHER] };
    await expect(verify({ certificates, firstUse: true })).rejects.toEqual(UNTRUSTED);
    await expect(verify({ certificates: { ...certificates, [GUN]: [key.id] } })).resolves.toBeDefined();
  });

  it('is the only one whose signature counts', async () => {
    const other = forgeRootKey();
    const pinning = { certificates: { [GUN]: [key.id] } };
    const keys = { root: [key, other] };
    await expect(verify(pinning, forgeTrust({ keys }))).resolves.toBeDefined();
    const unsigned = forgeTrust({ keys, signers: { root: [other] } });
    await expect(verify(pinning, unsigned)).rejects.toEqual(THRESHOLD);
  });

  it.each([{ certificates: { [GUN]: 'id' } }, { certificates: { [GUN]: [1] } }, { firstUse: 'yes' }])(
    'of another type than %j must be given',
    async (pinning) => {
      await expect(verify(pinning as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    },
  );
});

describe('a pinned CA', () => {
  const times = { notBefore: new Date('2026-01-01'), notAfter: new Date('2030-01-01') };
  const root = forgeAuthority({ subject: 'Root', ...times });
  const intermediate = forgeAuthority({ subject: 'Intermediate', issuer: root, ...times });
  const issued = (content: Parameters<typeof forgeRootKey>[1] = {}) => {
    const leaf = forgeRootKey(GUN, {
      issuer: intermediate,
      issuers: intermediate.pem,
      extensions: [],
      ...content,
    });
    return forgeTrust({ keys: { root: [leaf] } });
  };
  const pinning = { authorities: { 'registry.example.com/': root.pem } };

  it('makes roots trusted whose certificates it issued', async () => {
    await expect(verify(pinning, issued())).resolves.toBeDefined();
  });

  it('makes no root trusted that another CA issued', async () => {
    const other = forgeAuthority({ subject: 'Root', ...times });
    const authorities = { 'registry.example.com/': other.pem };
    await expect(verify({ authorities }, issued())).rejects.toEqual(UNTRUSTED);
  });

  it('makes no root trusted that is signed by itself', async () => {
    await expect(verify(pinning)).rejects.toEqual(UNTRUSTED);
  });

  it('needs the intermediate certificates next to the root certificate', async () => {
    await expect(verify(pinning, issued({ issuers: '' }))).rejects.toEqual(UNTRUSTED);
  });

  it.each([
    ['for code signing only', [purposes.codeSigning], UNTRUSTED],
    ['for servers, too', [purposes.codeSigning, purposes.serverAuth], undefined],
  ])('treats a certificate %s as Go does', async (_, list, failure) => {
    const served = issued({ extensions: [extensions.extendedKeyUsage(list)] });
    const verified = verify(pinning, served);
    await (failure ? expect(verified).rejects.toEqual(failure) : expect(verified).resolves.toBeDefined());
  });

  it('applies to the GUNs that begin with its prefix, of which the longest decides', async () => {
    await expect(verify({ authorities: { 'registry.example.org/': root.pem } }, issued())).rejects.toEqual(
      UNTRUSTED,
    );
    const other = forgeAuthority({ subject: 'Root', ...times });
    const authorities = { 'registry.example.com/': other.pem, [GUN]: root.pem };
    await expect(verify({ authorities }, issued())).resolves.toBeDefined();
  });
});
