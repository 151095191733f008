import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { checkSigningChain } from '../../src/x509/chain.ts';
import { parseCrl, verifyCrl } from '../../src/x509/revocation/crl.ts';
import { findTsaChain } from '../../src/x509/timestamp/tsa-chain.ts';
import { createTrustStore } from '../../src/x509/trust-store.ts';
import { withoutRsaOver } from '../crypto/limited.ts';
import { rejection } from '../encoding/failure.ts';
import { forgeAuthority, forgeChain } from '../support/forge.ts';
import { forgeCrl } from '../support/forge-crl.ts';
import { forgeTimestampLeaf } from '../support/forge-timestamp.ts';

// Deno cannot verify with RSA keys over 4096 bits; here the limit is lower, so that a usual key is over it.

const CODE = 'ERR_RUNTIME_UNSUPPORTED';
const root = forgeAuthority({ subject: 'Large Root', key: 'RSA-2048' });
const issuer = parseCertificate(root.der);

afterEach(() => vi.unstubAllGlobals());
const limit = () => vi.stubGlobal('crypto', withoutRsaOver(2047));

describe('a CA whose RSA key is longer than the runtime supports', () => {
  it('does not make a signing chain invalid: the runtime is blamed', async () => {
    const { chain } = forgeChain({ root: { key: 'RSA-2048' } });
    const read = () => chain.map(({ der }) => parseCertificate(der));
    await checkSigningChain(read());
    limit();
    expect(await rejection(checkSigningChain(read()), CODE)).toContain('RSA keys with 2048 bits');
  });

  it('does not make a timestamp untrusted: the runtime is blamed', async () => {
    const { der } = forgeTimestampLeaf({ issuer: root });
    const find = () => findTsaChain(parseCertificate(der), [], [issuer], new Date());
    expect(await find()).toHaveLength(2);
    limit();
    await rejection(find(), CODE);
  });

  it('does not make a CRL invalid: the runtime is blamed', async () => {
    const crl = parseCrl(forgeCrl({ issuer: root }));
    expect((await verifyCrl(crl, issuer)).index.count).toBe(0);
    limit();
    await rejection(verifyCrl(crl, issuer), CODE);
  });

  it('does not make a tsa store invalid: the runtime is blamed', async () => {
    const certificates = () => createTrustStore({ 'tsa:acme': root.pem }).certificates('tsa', 'acme');
    expect(await certificates()).toHaveLength(1);
    limit();
    await rejection(certificates(), CODE);
  });
});
