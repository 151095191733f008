import { sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePem } from '../../../src/encoding/pem.ts';
import { isNotationError } from '../../../src/errors/index.ts';
import { createSigner } from '../../../src/index.ts';
import { readPkcs12 } from '../../../src/keys/index.ts';
import {
  generateTestCertificate,
  generateTestChain,
  type TestCertificate,
} from '../../../src/testing/index.ts';
import { rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { indefinite } from '../../support/der.ts';
import {
  bagOf,
  certificateBag,
  encrypt,
  encryptedContent,
  encryptedPart,
  encryptOld,
  encryptTripleDes,
  keyBag,
  keyOf,
  type MacHash,
  nestedBag,
  otherBag,
  pfx,
  pfxOf,
  pfxWithPbmac1,
  plainContent,
  plainPart,
  shroudedKeyBag,
} from '../../support/forge-pkcs12.ts';

const PASSPHRASE = 'correct höörse';

let chain: TestCertificate;
let key: Uint8Array;
let certificates: Uint8Array[];
let other: Uint8Array;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  key = keyOf(chain);
  certificates = decodePem(chain.certificates).map((block) => block.der);
  other = keyOf(await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' }));
});

const MAC_HASHES: [string, MacHash][] = [
  ['SHA-1', { hash: sha1, oid: '1.3.14.3.2.26', hmac: '1.2.840.113549.2.7' }],
  ['SHA-224', { hash: sha224, oid: '2.16.840.1.101.3.4.2.4', hmac: '1.2.840.113549.2.8' }],
  ['SHA-256', { hash: sha256, oid: '2.16.840.1.101.3.4.2.1', hmac: '1.2.840.113549.2.9' }],
  ['SHA-384', { hash: sha384, oid: '2.16.840.1.101.3.4.2.2', hmac: '1.2.840.113549.2.10' }],
  ['SHA-512', { hash: sha512, oid: '2.16.840.1.101.3.4.2.3', hmac: '1.2.840.113549.2.11' }],
  ['SHA-512/224', { hash: sha512_224, oid: '2.16.840.1.101.3.4.2.5', hmac: '1.2.840.113549.2.12' }],
  ['SHA-512/256', { hash: sha512_256, oid: '2.16.840.1.101.3.4.2.6', hmac: '1.2.840.113549.2.13' }],
];

const bags = () => certificates.map(certificateBag);
/** As programs write it today: the certificates encrypted together, the key by itself. */
const usual = async () => [
  await encryptedPart(PASSPHRASE, ...bags()),
  plainPart(shroudedKeyBag(await encrypt(key, PASSPHRASE), 'release')),
];

describe('readPkcs12', () => {
  it('returns a key and certificates for a signer', async () => {
    const content = await readPkcs12(await pfx(await usual(), PASSPHRASE), { passphrase: PASSPHRASE });
    expect(content).toEqual({ privateKey: key, certificates });
    expect((await createSigner(content)).certificates).toEqual(certificates);
  });

  it.each<[string, () => Uint8Array[] | Promise<Uint8Array[]>]>([
    ['a key that is not encrypted', () => [plainPart(keyBag(key), ...bags())]],
    [
      'a key that is encrypted in the old way',
      async () => [plainPart(shroudedKeyBag(await encryptOld(key, PASSPHRASE)), ...bags())],
    ],
    ['bags within bags', () => [plainPart(nestedBag(nestedBag(keyBag(key)), ...bags()))]],
    ['things of other kinds', () => [plainPart(otherBag(), keyBag(key), otherBag(), ...bags())]],
    [
      'everything encrypted',
      async () => [
        await encryptedPart(PASSPHRASE, shroudedKeyBag(await encrypt(key, PASSPHRASE)), ...bags()),
      ],
    ],
  ])('reads %s', async (_, parts) => {
    const content = await readPkcs12(await pfx(await parts(), PASSPHRASE), { passphrase: PASSPHRASE });
    expect(content).toEqual({ privateKey: key, certificates });
  });

  it('reads a file that nothing protects', async () => {
    const file = await pfx([plainPart(keyBag(key), ...bags())]);
    expect((await readPkcs12(file)).privateKey).toEqual(key);
  });

  it.each([
    ['as a string without characters', ''],
    ['as no text at all', new Uint8Array()],
  ])('reads a file with an empty passphrase, %s', async (_, passphrase) => {
    const file = await pfx([plainPart(keyBag(key), ...bags())], passphrase);
    expect((await readPkcs12(file, { passphrase: '' })).certificates).toHaveLength(3);
  });

  it('reads a file whose MAC is PBMAC1, and no other passphrase', async () => {
    const file = pfxWithPbmac1([plainPart(keyBag(key), ...bags())], PASSPHRASE);
    expect((await readPkcs12(file, { passphrase: PASSPHRASE })).privateKey).toEqual(key);
    await rejection(readPkcs12(file, { passphrase: 'another' }), 'ERR_PASSPHRASE_INVALID');
    const short = pfxWithPbmac1([plainPart(keyBag(key))], PASSPHRASE, 4);
    await rejection(readPkcs12(short, { passphrase: PASSPHRASE }), 'ERR_KEY_INVALID');
  });

  it.each(MAC_HASHES)('reads a file whose MAC uses %s', async (_, mac) => {
    const options = { passphrase: PASSPHRASE };
    const file = await pfx([plainPart(keyBag(key), ...bags())], PASSPHRASE, 2048, mac);
    expect((await readPkcs12(file, options)).privateKey).toEqual(key);
    await rejection(readPkcs12(file, { passphrase: 'another' }), 'ERR_PASSPHRASE_INVALID');
    const newer = pfxWithPbmac1([plainPart(keyBag(key), ...bags())], PASSPHRASE, mac.hash.outputLen, mac);
    expect((await readPkcs12(newer, options)).privateKey).toEqual(key);
    await rejection(readPkcs12(newer, { passphrase: 'another' }), 'ERR_PASSPHRASE_INVALID');
  });

  it.each([20, 31, 33, 64])('reads a file whose PBMAC1 has a key of %i bytes', async (length) => {
    const file = pfxWithPbmac1([plainPart(keyBag(key), ...bags())], PASSPHRASE, length);
    expect((await readPkcs12(file, { passphrase: PASSPHRASE })).privateKey).toEqual(key);
    await rejection(readPkcs12(file, { passphrase: 'another' }), 'ERR_PASSPHRASE_INVALID');
  });

  it.each([1, 19, 65])('refuses a PBMAC1 with a key of %i bytes', async (length) => {
    const file = pfxWithPbmac1([plainPart(keyBag(key), ...bags())], PASSPHRASE, length);
    await rejection(readPkcs12(file, { passphrase: PASSPHRASE }), 'ERR_KEY_INVALID');
  });

  it.each(MAC_HASHES)('reads a key encrypted by PBES2 with Triple DES and %s', async (_, { hmac, hash }) => {
    const encrypted = encryptTripleDes(key, PASSPHRASE, { oid: hmac, hash });
    const file = await pfx([plainPart(shroudedKeyBag(encrypted), ...bags())], PASSPHRASE);
    expect((await readPkcs12(file, { passphrase: PASSPHRASE })).privateKey).toEqual(key);
  });

  it('reads BER of indefinite length at every layer', async () => {
    const parts = [
      await encryptedPart(PASSPHRASE, ...bags()),
      plainPart(shroudedKeyBag(await encrypt(key, PASSPHRASE), 'release')),
    ];
    const whole = indefinite(await pfxOf(indefinite(der.sequence(...parts)), PASSPHRASE));
    const content = await readPkcs12(whole, { passphrase: PASSPHRASE });
    expect(content).toEqual({ privateKey: key, certificates });
    const inside = plainContent(indefinite(der.sequence(keyBag(key), ...bags())));
    const file = await pfxOf(der.sequence(inside), PASSPHRASE);
    expect((await readPkcs12(file, { passphrase: PASSPHRASE })).privateKey).toEqual(key);
    const [algorithm, encrypted] = await encrypt(indefinite(der.sequence(...bags())), PASSPHRASE);
    const secret = await pfxOf(
      der.sequence(encryptedContent(algorithm, encrypted), plainPart(keyBag(key))),
      PASSPHRASE,
    );
    expect((await readPkcs12(secret, { passphrase: PASSPHRASE })).certificates).toEqual(certificates);
  });

  it('reads BER of indefinite length', async () => {
    const [safe] = await usual();
    const file = await pfx([safe as Uint8Array, plainPart(keyBag(key))], PASSPHRASE);
    const inner = file.subarray(4);
    expect(file[0] === 0x30 && file[1] === 0x82).toBe(true);
    const streamed = Uint8Array.of(0x30, 0x80, ...inner, 0, 0);
    expect((await readPkcs12(streamed, { passphrase: PASSPHRASE })).privateKey).toEqual(key);
  });

  it('lets the caller choose among several keys', async () => {
    const file = await pfx([plainPart(keyBag(key, 'release'), keyBag(other, 'test'), ...bags())], PASSPHRASE);
    const options = { passphrase: PASSPHRASE };
    expect((await readPkcs12(file, { ...options, friendlyName: 'release' })).privateKey).toEqual(key);
    expect((await readPkcs12(file, { ...options, friendlyName: 'test' })).privateKey).toEqual(other);
    expect(await rejection(readPkcs12(file, options), 'ERR_ARGUMENT_INVALID')).toContain('"release", "test"');
    const work = readPkcs12(file, { ...options, friendlyName: 'nobody' });
    expect(await rejection(work, 'ERR_KEY_NOT_FOUND')).toContain('"release", "test"');
  });

  it('says when there is no key', async () => {
    const file = await pfx([plainPart(...bags())], PASSPHRASE);
    await rejection(readPkcs12(file, { passphrase: PASSPHRASE }), 'ERR_KEY_NOT_FOUND');
  });

  it.each([['another'], [''], [undefined], ['correct hööörse']])(
    'rejects the passphrase %j',
    async (passphrase) => {
      await rejection(
        readPkcs12(await pfx(await usual(), PASSPHRASE), { passphrase }),
        'ERR_PASSPHRASE_INVALID',
      );
    },
  );

  it('rejects a wrong passphrase, also if there is no MAC', async () => {
    await rejection(
      readPkcs12(await pfx(await usual()), { passphrase: 'another' }),
      'ERR_PASSPHRASE_INVALID',
    );
  });

  it('rejects a file that was tampered with', async () => {
    const file = await pfx([plainPart(keyBag(key), ...bags())], PASSPHRASE);
    const tampered = file.map((byte, i) => (i === 200 ? byte ^ 1 : byte));
    const error = await readPkcs12(tampered, { passphrase: PASSPHRASE }).catch((thrown: unknown) => thrown);
    expect(isNotationError(error)).toBe(true);
  });

  it.each<[string, () => Uint8Array | Promise<Uint8Array>, string]>([
    ['nothing', () => new Uint8Array(), 'ERR_KEY_INVALID'],
    ['PEM', () => new TextEncoder().encode('-----BEGIN CERTIFICATE-----'), 'ERR_KEY_INVALID'],
    ['another version', () => der.sequence(der.integer(2), der.sequence()), 'ERR_KEY_INVALID'],
    [
      'a file that a signature protects',
      () =>
        der.sequence(
          der.integer(3),
          der.sequence(der.oid('1.2.840.113549.1.7.2'), der.explicit(0, der.sequence())),
        ),
      'ERR_KEY_INVALID',
    ],
    [
      'content of another type',
      () => pfx([der.sequence(der.oid('1.2.840.113549.1.7.3'), der.explicit(0, der.sequence()))]),
      'ERR_KEY_INVALID',
    ],
    [
      'bags nested deeply',
      () => pfx([plainPart(nestedBag(nestedBag(nestedBag(nestedBag(nestedBag(nestedBag()))))))]),
      'ERR_KEY_INVALID',
    ],
    [
      'three hundred things',
      () => pfx([plainPart(...Array.from({ length: 300 }, otherBag))]),
      'ERR_LIMIT_EXCEEDED',
    ],
    [
      'a MAC of two million and one iterations',
      () => pfx([plainPart()], PASSPHRASE, 2_000_001),
      'ERR_LIMIT_EXCEEDED',
    ],
    [
      'keys that are cheap one by one and not together',
      async () => {
        const costly = await encrypt(key, PASSPHRASE, 10_000_000);
        return pfx([plainPart(shroudedKeyBag(await encrypt(key, PASSPHRASE)), shroudedKeyBag(costly))]);
      },
      'ERR_LIMIT_EXCEEDED',
    ],
    ['a file of 2 MiB', () => new Uint8Array(2 * 1024 * 1024), 'ERR_LIMIT_EXCEEDED'],
  ])('rejects %s', async (_, file, code) => {
    await expect(readPkcs12(await file(), { passphrase: PASSPHRASE })).rejects.toMatchObject({ code });
  });

  it.each<[string, () => Uint8Array | Promise<Uint8Array>]>([
    ['a key', () => keyBag(der.concat([key, der.nullValue()]))],
    [
      'an encrypted key',
      async () => {
        const [algorithm = key, encrypted = key] = await encrypt(key, PASSPHRASE);
        const content = der.octetString(encrypted);
        return bagOf(2, der.sequence(algorithm, content, der.nullValue()));
      },
    ],
    [
      'a certificate',
      () =>
        bagOf(
          3,
          der.sequence(
            der.oid('1.2.840.113549.1.9.22.1'),
            der.explicit(0, der.octetString(key)),
            der.nullValue(),
          ),
        ),
    ],
  ])('rejects an element after %s', async (_, bag) => {
    const file = await pfx([plainPart(keyBag(key), await bag())]);
    await expect(readPkcs12(file, { passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining('it has trailing bytes'),
    });
  });

  it.each([
    ['a string', 'file' as never, undefined],
    ['nothing', undefined as never, undefined],
    ['a number as the passphrase', new Uint8Array(), { passphrase: 7 as never }],
  ])('rejects %s as an argument', async (_, file, options) => {
    await expect(readPkcs12(file, options)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });

  it('lets others have their turn while a key is derived in many iterations', async () => {
    const file = await pfx([plainPart()], PASSPHRASE, 200_000);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await rejection(readPkcs12(file, { passphrase: PASSPHRASE }), 'ERR_PASSPHRASE_INVALID');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('fails with typed errors only, and never shows the key', async () => {
    const file = await pfx([plainPart(keyBag(key), ...bags()), ...(await usual())]);
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const broken = file.map((byte, i) => (i === at ? byte ^ change : byte));
        const outcome = await readPkcs12(broken, { passphrase: PASSPHRASE, friendlyName: 'release' }).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) expect(isNotationError(outcome), String(outcome)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
