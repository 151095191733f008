import { describe, expect, it } from 'vitest';
import { createRevocationChecker } from '../../../src/index.ts';
import { parseCertificates } from '../../../src/x509/index.ts';
import { freePort, startOcspServer } from '../support/ocsp-responder.ts';
import { TestPki } from '../support/test-pki.ts';

// Other files compare with the notation CLI: this one tests the HTTP of `openssl ocsp -port`, by GET and by POST.
describe('openssl ocsp as a server', () => {
  it.each(['SHA-1', 'SHA-256'] as const)(
    'distinguishes good and revoked by certificate identifiers of %s',
    async (hash) => {
      const [pki, port] = [await TestPki.create(), await freePort()];
      const ocsp = [`http://127.0.0.1:${port}/`];
      const [good, bad] = [await pki.leaf({ ocsp }), await pki.leaf({ ocsp })];
      await pki.root.revoke(bad.leaf, { reason: 'keyCompromise' });
      const server = await startOcspServer(pki.root, port);
      try {
        const checker = createRevocationChecker({ hash });
        const statusOf = async (certificates: string) =>
          (await checker.check(parseCertificates(certificates)))[0];
        expect(await statusOf(good.certificates)).toMatchObject({ status: 'good' });
        expect(await statusOf(bad.certificates)).toMatchObject({
          status: 'revoked',
          revocation: { reason: 'keyCompromise' },
        });
      } finally {
        await server.stop();
        await pki.dispose();
      }
    },
  );
});
