import { describe, expect, it } from 'vitest';
import {
  applyImport,
  changesNothing,
  type PickedFile,
  planImport,
} from '../../../examples/browser-extension/src/options/notation-import.ts';
import { NO_SETTINGS, type Settings } from '../../../examples/browser-extension/src/settings.ts';
import { makeChain } from './roots.ts';

const { root } = await makeChain('acme.example');

const policy = (name: string) =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name,
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: ['*'],
      },
    ],
  });

function picked(path: string, content: string | Uint8Array): PickedFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, size: bytes.length, read: async () => bytes };
}

const unreadable = (path: string): PickedFile => ({
  path,
  size: 10,
  read: () => Promise.reject(new Error('it must not be read')),
});

const certificate = picked('notation/truststore/x509/ca/acme/root.crt', root.der);

describe('the import of notation’s configuration', () => {
  it('takes the trust policy and the trust stores', async () => {
    const plan = await planImport(
      [picked('notation/trustpolicy.json', policy('p')), certificate],
      NO_SETTINGS,
    );
    expect(plan.policy).toMatchObject({
      path: 'notation/trustpolicy.json',
      statements: ['p'],
      change: 'new',
    });
    expect(plan.stores.map(({ store, added }) => [store, added.length])).toEqual([['ca:acme', 1]]);
    expect(plan.omitted).toEqual([]);
    const settings = applyImport(plan, true)(NO_SETTINGS);
    expect(settings.trustPolicy).toBe(policy('p'));
    expect(settings.trustStores['ca:acme']?.map(({ file }) => file)).toEqual(['root.crt']);
  });

  it('prefers the trust policy of newer versions, as notation does', async () => {
    const files = ['trustpolicy.json', 'trustpolicy.oci.json'].map((name) => picked(name, policy(name)));
    const plan = await planImport(files, NO_SETTINGS);
    expect(plan.policy?.statements).toEqual(['trustpolicy.oci.json']);
    expect(plan.omitted.map(({ path }) => path)).toEqual(['trustpolicy.json']);
  });

  it('takes the trust policy that is nearest to the directory', async () => {
    const files = [
      picked('a/backup/trustpolicy.oci.json', policy('old')),
      picked('a/trustpolicy.json', policy('new')),
    ];
    expect((await planImport(files, NO_SETTINGS)).policy?.statements).toEqual(['new']);
  });

  it('says that a policy would be replaced, and keeps it if the user wants', async () => {
    const present: Settings = { ...NO_SETTINGS, trustPolicy: policy('present') };
    const plan = await planImport([picked('trustpolicy.json', policy('p')), certificate], present);
    expect(plan.policy).toMatchObject({ change: 'replaces', statements: ['p'], removed: ['present'] });
    expect(applyImport(plan, false)(present)).toMatchObject({ trustPolicy: policy('present') });
    expect(applyImport(plan, true)(present)).toMatchObject({ trustPolicy: policy('p') });
  });

  it('changes nothing if all of it is there already', async () => {
    const files = [picked('trustpolicy.json', policy('p')), certificate];
    const first = await planImport(files, NO_SETTINGS);
    expect(changesNothing(first)).toBe(false);
    const second = await planImport(files, applyImport(first, true)(NO_SETTINGS));
    expect(second.policy?.change).toBe('same');
    expect(second.stores).toEqual([{ store: 'ca:acme', added: [], present: 1 }]);
    expect(changesNothing(second)).toBe(true);
  });

  it('accepts prefixes, which the specification does not', async () => {
    const text = policy('p').replace('"*"', '"registry.example.com/team/*"');
    expect((await planImport([picked('trustpolicy.json', text)], NO_SETTINGS)).policy).toBeDefined();
  });

  it('reads no keys, credentials or plugins', async () => {
    const files = ['signingkeys.json', 'config.json', 'localkeys/a.key', 'plugins/x/notation-x'].map((name) =>
      unreadable(`notation/${name}`),
    );
    expect(await planImport(files, NO_SETTINGS)).toEqual({ policy: undefined, stores: [], omitted: [] });
  });

  it.each<[string, PickedFile, RegExp]>([
    ['a policy that is invalid', picked('trustpolicy.json', '{"version":"2.0"}'), /version is "2.0"/],
    ['a policy that is not UTF-8', picked('trustpolicy.json', Uint8Array.of(0xff)), /./],
    ['a policy that is too large', { ...unreadable('trustpolicy.json'), size: 2 ** 21 }, /larger than 1 MiB/],
    ['a policy for blobs', unreadable('trustpolicy.blob.json'), /not blobs/],
    ['a file that is no certificate', picked('x509/ca/a/x.crt', 'hello'), /PEM/],
    [
      'a certificate file that is too large',
      { ...unreadable('x509/ca/a/x'), size: 2 ** 23 },
      /larger than 4 MiB/,
    ],
    ['a hidden file', unreadable('x509/ca/a/.DS_Store'), /hidden/],
    ['a store with another name than notation allows', unreadable('x509/tsa/a b/x.crt'), /letters/],
    ['a file that cannot be read', unreadable('x509/ca/a/x.crt'), /must not be read/],
  ])('leaves out %s, and says why', async (_, file, why) => {
    const plan = await planImport([file], NO_SETTINGS);
    expect(plan.policy).toBeUndefined();
    expect(plan.stores).toEqual([]);
    expect(plan.omitted).toEqual([{ path: file.path, why: expect.stringMatching(why) }]);
  });

  it('reads only as many certificate files as a person would have', async () => {
    const files = Array.from({ length: 1001 }, (_, index) => picked(`x509/ca/a/${index}.crt`, root.der));
    const plan = await planImport(files, NO_SETTINGS);
    expect(plan.stores.map(({ added }) => added.length)).toEqual([1]);
    expect(plan.omitted).toEqual([{ path: 'x509/ca/a/1000.crt', why: 'there are too many files' }]);
  });
});
