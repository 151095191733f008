import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  listSignatures,
  parseTrustPolicy,
  type Signer,
  sign,
  verify,
} from '../../../src/index.ts';
import * as registries from '../../../src/registries/index.ts';
import { generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import { collect, everythingOf, failure, fallbackTag, requestMethods } from '../../oci/support.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import { type Dialect, ownHosts } from './dialect.ts';
import { dialects } from './dialects.ts';
import { carries } from './internet.ts';
import { speak } from './speak.ts';

let chain: TestCertificate;
let signer: Signer;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

/** Pushes an image, signs it, lists its signatures and verifies it. */
async function work(dialect: Dialect) {
  const { connect, name, ...vendor } = await speak(dialect);
  const { reference } = await pushImage(connect(), name);
  const { signature, artifact } = await sign(reference, { signer, registry: connect() });
  const listed = await collect(listSignatures(reference, { registry: connect() }));
  const report = await verify(reference, {
    registry: connect(),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [name], trustedIdentities: ['*'] })),
  });
  return { ...vendor, signature, artifact, listed, report };
}

describe.each(dialects)('a registry that answers as $name, with its credential helper', (dialect) => {
  it('stores a signature, lists it and returns it for verification', async () => {
    const { server, signature, artifact, listed, report } = await work(dialect);
    expect(listed.map(({ digest }) => digest)).toEqual([signature.digest]);
    expect(report.outcome).toBe('verified');
    const tagged = server.repository(dialect.repository).tags.has(fallbackTag(artifact));
    expect(tagged).toBe(dialect.noReferrers !== undefined);
    expect(requestMethods(server, '/referrers/')).not.toEqual([]);
  });

  it('and the targets of its redirects receive no more secrets than they must', async () => {
    const { server, sent } = await work(dialect);
    const own = ownHosts(dialect);
    const { api = dialect.host, travels, storage, noReferrers } = dialect;
    const strange = sent.filter(({ url }) => !own.includes(url.host));
    const outside = [storage, noReferrers && dialect.host === 'ghcr.io' ? 'https://github.com' : undefined]
      .flatMap((address) => (address === undefined ? [] : [new URL(address).host]))
      .filter((host) => !own.includes(host));
    expect(new Set(strange.map(({ url }) => url.host))).toEqual(new Set(outside));
    expect(strange.filter(({ headers }) => headers.has('authorization'))).toEqual([]);
    const tokens = Object.fromEntries([...server.tokens.keys()].map((token) => [token, [api]]));
    for (const [secret, hosts] of Object.entries({ ...travels, ...tokens })) {
      const seers = sent.filter((request) => carries(request, secret)).map(({ url }) => url.host);
      expect(new Set(seers), secret).toEqual(new Set(hosts));
    }
  });

  it('refuses another secret, and the error does not contain it', async () => {
    const { connect, name, server } = await speak(dialect);
    const error = await failure(pushImage(connect('wrong-secret'), name));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(everythingOf(error)).not.toContain('wrong-secret');
    expect(everythingOf(error)).not.toContain(Buffer.from('wrong-secret').toString('base64').slice(0, 12));
    expect(server.repository(dialect.repository).blobs.size).toBe(0);
  });
});

describe('the dialects', () => {
  it('include one for every helper of notarykit/registries', () => {
    const source = readFileSync(new URL('dialects.ts', import.meta.url), 'utf8');
    expect(Object.keys(registries).filter((helper) => !source.includes(`${helper}(`))).toEqual([]);
  });
});
