import { createPrivateKey } from 'node:crypto';
import { chownSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeKeyList } from '../../../src/node/config/signing-key-list.ts';
import {
  addSigningKey,
  fromNotationConfig,
  listSigningKeys,
  removeSigningKey,
  type SigningKey,
  setDefaultSigningKey,
} from '../../../src/node/index.ts';
import {
  generateTestCertificate,
  generateTestChain,
  type TestCertificate,
} from '../../../src/testing/index.ts';
import { pluginKey, plugins } from '../describing-plugin.ts';
import { isRoot, skipWithout } from '../machine.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();
const FILE = 'signingkeys.json';
let pair: TestCertificate;
let other: TestCertificate;
let chain: TestCertificate;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
});

function options() {
  return { configDirectory: directory.path, plugins };
}

describe('adding a signing key', () => {
  it('writes the same file as the CLI', async () => {
    const key = directory.putKey('acme', pair);
    await addSigningKey(key, { ...options(), default: true });
    await addSigningKey(pluginKey, options());
    const lines = [
      '{',
      '    "default": "acme",',
      '    "keys": [',
      '        {',
      '            "name": "acme",',
      `            "keyPath": "${key.keyPath}",`,
      `            "certPath": "${key.certPath}"`,
      '        },',
      '        {',
      '            "name": "remote",',
      '            "id": "key-1",',
      '            "pluginName": "com.example.signer",',
      '            "pluginConfig": {',
      '                "region": "eu"',
      '            }',
      '        }',
      '    ]',
      '}',
      '',
    ];
    expect(directory.text(FILE)).toBe(lines.join('\n'));
    expect(directory.mode(FILE)).toBe(0o600);
  });

  it('leaves neither lock nor temporary file', async () => {
    await addSigningKey(pluginKey, options());
    expect(readdirSync(directory.path)).toEqual([FILE]);
  });

  it('keeps the members of others, and the permissions of the file', async () => {
    directory.put(FILE, { comment: 1, keys: [{ ...pluginKey, note: { by: 'me' } }] }, 0o640);
    await addSigningKey(directory.putKey('acme', pair), options());
    expect(directory.json(FILE)).toMatchObject({
      comment: 1,
      keys: [{ note: { by: 'me' } }, { name: 'acme' }],
    });
    expect(directory.mode(FILE)).toBe(0o640);
  });

  it('makes paths absolute', async () => {
    const { name, keyPath, certPath } = directory.putKey('acme', pair);
    const here = process.cwd();
    await addSigningKey(
      { name, keyPath: relative(here, keyPath), certPath: relative(here, certPath) },
      options(),
    );
    expect((await listSigningKeys(options())).keys).toEqual([{ name, keyPath, certPath }]);
  });

  it('loses no key when several are added at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `key-${index}`);
    await Promise.all(names.map((name) => addSigningKey({ ...pluginKey, name }, options())));
    const { keys } = await listSigningKeys(options());
    expect(keys.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it('rejects a name that is taken', async () => {
    await addSigningKey(pluginKey, options());
    await expect(addSigningKey(pluginKey, options())).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('there is already a signing key "remote"'),
    });
  });

  it.each([
    ['no name', { ...pluginKey, name: '' }, 'a key has no name'],
    ['no kind', { name: 'x' }, 'must have either keyPath and certPath, or id and pluginName'],
    ['another member', { ...pluginKey, keypath: 'x' }, 'unknown member "keypath"'],
    [
      'a plugin configuration with a value that is not a string',
      { ...pluginKey, pluginConfig: { a: 1 } },
      '"pluginConfig.a"',
    ],
    ['nothing', null, 'the signing key is malformed'],
  ])('rejects a key with %s', async (_, key, message) => {
    await expect(addSigningKey(key as SigningKey, options())).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(message),
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('rejects a key that does not belong to the certificate', async () => {
    const key = directory.putKey('acme', { ...pair, privateKey: other.privateKey });
    await expect(addSigningKey(key, options())).rejects.toMatchObject({ code: 'ERR_KEY_MISMATCH' });
    await expect(listSigningKeys(options())).resolves.toEqual({ keys: [] });
  });

  it('rejects a chain that notation would not take as it is in the file', async () => {
    const key = directory.putKey('acme', chain);
    const pems = chain.certificates.split(/(?<=-----END CERTIFICATE-----\n)/);
    for (const certificates of [[...pems].reverse().join(''), chain.certificates + pair.certificates]) {
      directory.put('acme.crt', certificates);
      await expect(addSigningKey(key, options())).rejects.toMatchObject({
        code: 'ERR_CERTIFICATE_CHAIN_INVALID',
        message: expect.stringMatching(/^the signing key "acme": .* leaf first and root last$/),
      });
    }
    directory.put('acme.crt', chain.certificates);
    await expect(addSigningKey(key, options())).resolves.toBeUndefined();
  });

  it('takes an encrypted key with its passphrase only', async () => {
    const privateKey = createPrivateKey(pair.privateKey).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'correct horse',
    });
    const key = directory.putKey('acme', { ...pair, privateKey: String(privateKey) });
    await expect(addSigningKey(key, options())).rejects.toMatchObject({ code: 'ERR_PASSPHRASE_INVALID' });
    const wrong = addSigningKey(key, { ...options(), passphrase: 'battery staple' });
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_PASSPHRASE_INVALID',
      message: expect.not.stringContaining('battery'),
    });
    await addSigningKey(key, { ...options(), passphrase: 'correct horse' });
    const config = await fromNotationConfig(options());
    await expect(config.signer('acme')).rejects.toMatchObject({ code: 'ERR_PASSPHRASE_INVALID' });
    const opened = config.signer('acme', { passphrase: 'correct horse' });
    await expect(opened).resolves.toMatchObject({ certificates: [expect.any(Uint8Array)] });
    expect(directory.text(FILE)).not.toContain('horse');
  });

  it('rejects a key of a plugin that is not there', async () => {
    const added = addSigningKey(pluginKey, { configDirectory: directory.path, plugins: new Map() });
    await expect(added).rejects.toMatchObject({ code: 'ERR_PLUGIN_NOT_FOUND' });
  });

  it('does not write over a broken list', async () => {
    directory.put(FILE, '{');
    await expect(addSigningKey(pluginKey, options())).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(directory.text(FILE)).toBe('{');
    expect(readdirSync(directory.path)).toEqual([FILE]);
  });

  it('makes the directory for its owner alone', async () => {
    await addSigningKey(pluginKey, { ...options(), configDirectory: join(directory.path, 'a', 'b') });
    expect([directory.mode('a'), directory.mode('a/b')]).toEqual([0o700, 0o700]);
  });

  it('names the path that it cannot write', async () => {
    directory.put('file', '');
    const added = addSigningKey(pluginKey, {
      ...options(),
      configDirectory: join(directory.path, 'file', 'x'),
    });
    await expect(added).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(/cannot make the directory .* \(ENOTDIR\)/),
    });
  });

  it('rejects a path that is not a directory', async () => {
    await expect(addSigningKey(pluginKey, { ...options(), configDirectory: '' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});

describe('removing a signing key', () => {
  it('also removes the default, and leaves the files of the key', async () => {
    const key = directory.putKey('acme', pair);
    await addSigningKey(pluginKey, options());
    await addSigningKey(key, { ...options(), default: true });
    await removeSigningKey('acme', options());
    expect(directory.json(FILE)).toEqual({ keys: [pluginKey] });
    expect(directory.text('acme.key')).toBe(pair.privateKey);
  });

  it('keeps another default', async () => {
    await addSigningKey(directory.putKey('acme', pair), { ...options(), default: true });
    await addSigningKey(pluginKey, options());
    await removeSigningKey('remote', options());
    expect(await listSigningKeys(options())).toMatchObject({ default: 'acme', keys: [{ name: 'acme' }] });
  });

  it('rejects a key that does not exist, and creates no directory', async () => {
    const configDirectory = join(directory.path, 'none');
    await expect(removeSigningKey('acme', { configDirectory })).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe('setting the default signing key', () => {
  it('changes the default only', async () => {
    await addSigningKey(directory.putKey('acme', pair), { ...options(), default: true });
    await addSigningKey(pluginKey, options());
    await setDefaultSigningKey('remote', options());
    expect(await listSigningKeys(options())).toMatchObject({
      default: 'remote',
      keys: [{ name: 'acme' }, { name: 'remote' }],
    });
  });

  it('rejects a key that does not exist', async () => {
    await expect(setDefaultSigningKey('acme', options())).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
  });
});

describe('a list of signing keys that others use, too', () => {
  it('stays that of its user when root adds a key', async (context) => {
    skipWithout('root', isRoot(), context);
    const path = directory.put(FILE, { keys: [] });
    chownSync(path, 65534, 65533);
    await addSigningKey(directory.putKey('acme', pair), options());
    const { uid, gid } = statSync(path);
    expect([uid, gid, directory.mode(FILE)]).toEqual([65534, 65533, 0o600]);
  });

  it('keeps the key that another program adds meanwhile', async () => {
    const [ours, theirs] = [directory.putKey('ours', pair), directory.putKey('theirs', other)];
    let calls = 0;
    await changeKeyList(directory.path, ({ keys }) => {
      if (++calls === 1) directory.put(FILE, { keys: [theirs] });
      return { keys: [...keys, ours] };
    });
    expect((await listSigningKeys(options())).keys).toEqual([theirs, ours]);
  });

  it('is read while another program writes it', async () => {
    directory.put(FILE, '');
    setTimeout(() => directory.put(FILE, { keys: [pluginKey] }), 30);
    expect((await listSigningKeys(options())).keys).toEqual([pluginKey]);
  });
});
