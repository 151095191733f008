import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  listSignatures,
  parseTrustPolicy,
  type Signer,
  sign,
  verify,
} from '../../../src/index.ts';
import type { Credential } from '../../../src/oci/index.ts';
import { generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import { asked, collect, everythingOf, failure, fallbackTag, NAME, start } from '../support.ts';
import { type Dialect, dialects, speak } from './dialects.ts';

let chain: TestCertificate;
let signer: Signer;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keyType: 'EC-256' });
  signer = await createSigner(chain);
});

async function serve(dialect: Dialect) {
  const [server, storage] = [await start(), await start()];
  speak(dialect, server, storage);
  const connect = (credential: Credential = dialect.credential) =>
    createRegistry({ retries: 0, timeout: 5000, credentials: { [server.host]: credential } });
  return { server, storage, connect, name: `${server.host}/${NAME}` };
}

describe.each(dialects)('a registry that answers as $name', (dialect) => {
  it('takes a signature, lists it and gives it back to be verified', async () => {
    const { server, storage, connect, name } = await serve(dialect);
    const { reference } = await pushImage(connect(), name);
    const { signature, artifact } = await sign(reference, { signer, registry: connect() });
    const listed = await collect(listSignatures(reference, { registry: connect() }));
    expect(listed.map(({ digest }) => digest)).toEqual([signature.digest]);
    const report = await verify(reference, {
      registry: connect(),
      trustStore: createTrustStore({ 'ca:acme': chain.root }),
      trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [name], trustedIdentities: ['*'] })),
    });
    expect(report.outcome).toBe('verified');
    const tagged = server.repository(NAME).tags.has(fallbackTag(artifact));
    expect(tagged).toBe(!dialect.referrersApi);
    expect(asked(storage, '/blobs/').length > 0).toBe(dialect.redirectsBlobs === true);
  });

  it('sends no credential along with the address of a blob at another host', async () => {
    const { storage, connect, name } = await serve(dialect);
    const { reference } = await pushImage(connect(), name);
    await sign(reference, { signer, registry: connect() });
    await collect(listSignatures(reference, { registry: connect() }));
    expect(storage.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  it('refuses another credential, and the error does not tell it', async () => {
    const { connect, name } = await serve(dialect);
    const wrong: Credential =
      'username' in dialect.credential
        ? { ...dialect.credential, password: 'wrong-secret' }
        : { identityToken: 'wrong-secret' };
    const error = await failure(pushImage(connect(wrong), name));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(everythingOf(error)).not.toContain('wrong-secret');
    expect(everythingOf(error)).not.toContain(Buffer.from('wrong-secret').toString('base64').slice(0, 12));
  });
});
