import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listTrustedTags } from '../../../src/dct/trusted-tags.ts';
import { createFileTrustStateStore, openTrustDirectory } from '../../../src/node/index.ts';
import { type ForgedTrust, forgeTrust, forgeTrustKey, NOW } from '../../support/forge-trust.ts';

const GUN = 'localhost:5000/acme/web';
const ID = 'ab'.repeat(32);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-trust-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Writes metadata as the clients do: the newest file of each role. */
async function writeMetadata({ gun, files }: ForgedTrust): Promise<void> {
  for (const [role, bytes] of Object.entries(files)) {
    if (/^\d+\./.test(role)) continue;
    await write(join('tuf', gun, 'metadata', `${role}.json`), bytes);
  }
}

async function write(path: string, content: string | Uint8Array): Promise<string> {
  const place = join(directory, path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, content);
  return place;
}

/** A key file with the headers that the clients write. */
function keyFile(headers: Record<string, string>): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passphrase = { cipher: 'aes-256-cbc', passphrase: 'secret' };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...passphrase }).toString();
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  return pem.replace('-----\n', `-----\n${lines.join('')}\n`);
}

const open = () => openTrustDirectory({ directory });
const usual = { clock: () => NOW, pinning: { firstUse: true } };
const failsWith = (code: string) => expect.objectContaining({ code });

describe('the directory of Docker Content Trust', () => {
  const alice = forgeTrustKey('ecdsa');
  const releases = { name: 'targets/releases', keys: [alice], tags: { v1: 'ab'.repeat(32) } };
  const trust = forgeTrust({ gun: GUN, delegations: [releases] });

  it('lists the GUNs whose metadata is there', async () => {
    await writeMetadata(trust);
    await writeMetadata({ ...trust, gun: 'docker.io/library/alpine' });
    await writeMetadata({ ...trust, gun: `${GUN}/inner` });
    await write('tuf/docker.io/library/none/metadata/targets.json', '{}');
    expect(await open().guns()).toEqual(['docker.io/library/alpine', GUN, `${GUN}/inner`]);
  });

  it('that does not exist has neither GUNs nor keys', async () => {
    const missing = openTrustDirectory({ directory: join(directory, 'none') });
    expect(await missing.guns()).toEqual([]);
    expect(await missing.keys()).toEqual([]);
  });

  it('is a source of metadata', async () => {
    await writeMetadata(trust);
    const { tags } = await listTrustedTags(open().source(GUN), usual);
    expect(tags).toMatchObject([{ tag: 'v1', role: 'targets/releases', gun: GUN }]);
  });

  it('has no metadata of other GUNs, and none of earlier roots', async () => {
    await writeMetadata(trust);
    const failed = listTrustedTags(open().source('localhost:5000/acme'), usual);
    await expect(failed).rejects.toEqual(failsWith('ERR_NOT_FOUND'));
    expect(await open().source(GUN).read({ role: 'root', version: 1, maxBytes: 10 })).toBeUndefined();
  });

  it('reads one byte more than it may, and no further', async () => {
    await writeMetadata(trust);
    expect(await open().source(GUN).read({ role: 'root', maxBytes: 10 })).toHaveLength(11);
  });

  it.each(['../../x', 'targets/../../x', 'timestamp.json', ''])('has no role %j', async (role) => {
    await expect(open().source(GUN).read({ role, maxBytes: 10 })).rejects.toEqual(
      failsWith('ERR_ARGUMENT_INVALID'),
    );
  });

  it.each(['../x', 'a/../b', '/etc', 'a\\b'])('has no GUN %j', (gun) => {
    expect(() => open().source(gun)).toThrow(failsWith('ERR_ARGUMENT_INVALID'));
  });

  it.skipIf(process.platform === 'win32')('follows no links', async () => {
    await writeMetadata(trust);
    const elsewhere = await write('elsewhere.json', trust.files.root ?? '');
    const root = join(directory, 'tuf', GUN, 'metadata', 'root.json');
    await rm(root);
    await symlink(elsewhere, root);
    const failed = open().source(GUN).read({ role: 'root', maxBytes: 10 });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it('is that of Docker by default', () => {
    vi.stubEnv('DOCKER_CONFIG', '');
    expect(openTrustDirectory().directory).toBe(join(homedir(), '.docker', 'trust'));
    vi.stubEnv('DOCKER_CONFIG', directory);
    expect(openTrustDirectory().directory).toBe(join(directory, 'trust'));
    vi.unstubAllEnvs();
  });

  it('must be a path', () => {
    expect(() => openTrustDirectory({ directory: '' })).toThrow(failsWith('ERR_ARGUMENT_INVALID'));
  });
});

describe('the key files of Docker Content Trust', () => {
  it('are listed with the headers that the clients write', async () => {
    const other = 'cd'.repeat(32);
    const path = await write(`private/${ID}.key`, keyFile({ gun: GUN, role: 'targets' }));
    await write(`private/${other}.key`, keyFile({ role: 'alice' }));
    await write('private/README', 'no key');
    expect(await open().keys()).toEqual([
      { id: ID, role: 'targets', gun: GUN, encrypted: true, path },
      { id: other, role: 'alice', encrypted: true, path: join(directory, 'private', `${other}.key`) },
    ]);
  });

  it('may be of keys that are not encrypted, and have no headers', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const path = await write(`private/${ID}.key`, pem);
    expect(await open().keys()).toEqual([{ id: ID, encrypted: false, path }]);
  });

  it('are read by the identifier of the key', async () => {
    const pem = keyFile({ role: 'root' });
    await write(`private/${ID}.key`, pem);
    expect(await open().readKey(ID)).toBe(pem);
    await expect(open().readKey('cd'.repeat(32))).rejects.toEqual(failsWith('ERR_KEY_NOT_FOUND'));
    await expect(open().readKey('../x')).rejects.toEqual(failsWith('ERR_ARGUMENT_INVALID'));
  });

  it.each(['', 'not PEM', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'])(
    'that contain %j are reported, without their content',
    async (content) => {
      await write(`private/${ID}.key`, content);
      const failure = await open()
        .keys()
        .catch((error) => error);
      expect(failure).toEqual(failsWith('ERR_KEY_INVALID'));
      expect(failure.cause).toBeUndefined();
    },
  );
});

describe('a store of trust states in files', () => {
  const trust = forgeTrust({ gun: GUN, tags: { v1: 'ab'.repeat(32) } });
  const source = () => {
    const { files } = trust;
    return { gun: GUN, read: async ({ role }: { role: string }) => files[role] };
  };

  it('keeps trust on first use between processes', async () => {
    const path = join(directory, 'a', 'b');
    await listTrustedTags(source(), { ...usual, store: createFileTrustStateStore(path) });
    const again = { clock: usual.clock, store: createFileTrustStateStore(path) };
    await expect(listTrustedTags(source(), again)).resolves.toBeDefined();
    expect(await createFileTrustStateStore(path).load('localhost:5000/acme/other')).toBeUndefined();
  });

  it('rejects a file that is malformed', async () => {
    const store = createFileTrustStateStore(directory);
    await store.save(GUN, { gun: 'another', root: '', versions: {} });
    await expect(store.load(GUN)).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it('fails if it cannot be written', async () => {
    const file = await write('file', '');
    const store = createFileTrustStateStore(join(file, 'x'));
    const failed = store.save(GUN, { gun: GUN, root: '', versions: {} });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
    expect(() => createFileTrustStateStore('')).toThrow(failsWith('ERR_ARGUMENT_INVALID'));
  });
});
