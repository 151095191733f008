import redisDriver from 'unstorage/drivers/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRevocationChecker } from '../../../src/index.ts';
import { parseCertificates } from '../../../src/x509/index.ts';
import { ocspResponder } from '../support/ocsp-responder.ts';
import { startRedis } from '../support/redis-server.ts';
import { TestPki } from '../support/test-pki.ts';

describe('a cache in Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let pki: TestPki;

  beforeAll(async () => {
    [redis, pki] = [await startRedis(), await TestPki.create()];
  });

  afterAll(async () => {
    await pki.dispose();
    await redis.stop();
  });

  /** A checker like one in another process: it shares only the server with others. */
  function newProcess() {
    const driver = redisDriver({ host: '127.0.0.1', port: redis.port, base: 'notarykit' });
    return { checker: createRevocationChecker({ cache: driver }), driver };
  }

  it.each(['OCSP', 'CRL'] as const)(
    'answers a second process by %s without asking the authority',
    async (method) => {
      const path = `/${method}`;
      const url = pki.server.url(path);
      const { certificates } = await pki.leaf(method === 'OCSP' ? { ocsp: [url] } : { crl: [url] });
      pki.server.serve(path, method === 'OCSP' ? ocspResponder(pki.root) : await pki.root.crl());
      const chain = parseCertificates(certificates);
      const requests = () => pki.server.seen.filter((line) => line.endsWith(path)).length;

      for (const source of ['network', 'cache'] as const) {
        const { checker, driver } = newProcess();
        const [status] = await checker.check(chain);
        expect(status).toMatchObject({ status: 'good', lookups: [{ method, source, answer: 'good' }] });
        expect(requests()).toBe(1);
        await driver.dispose?.();
      }
    },
  );
});
