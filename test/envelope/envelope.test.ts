import { describe, expect, it } from 'vitest';
import type { ExtendedAttribute } from '../../src/envelope/attributes.ts';
import { createEnvelope, parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import type { EnvelopeMediaType } from '../../src/envelope/model.ts';
import { createPayload, parsePayload } from '../../src/envelope/payload.ts';
import type { EnvelopeRequest, Signer } from '../../src/envelope/signer.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { createSigner } from '../../src/signer/local-signer.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { type ForgedChain, forgeAuthority, forgeChain, forgeKey, forgeLeaf } from '../support/forge.ts';
import { ARTIFACT, chain, forgeCose, forgeJws, PAYLOAD } from './forged.ts';

const AFTER = 'the expiry must be after the signing time';
const SECONDS = 'signing time and expiry must be whole seconds of the years 0 to 9999';

const MEDIA_TYPES = ['application/jose+json', 'application/cose'] as const;
const KEY_TYPES = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const;
type Forge = { mediaType: EnvelopeMediaType; forge: (changes?: Common) => Uint8Array };
interface Common {
  by?: ForgedChain;
  payload?: string | Uint8Array;
  saltLength?: number;
  signature?: (signature: Uint8Array) => Uint8Array;
}
const FORMATS: Forge[] = [
  { mediaType: 'application/jose+json', forge: forgeJws },
  { mediaType: 'application/cose', forge: forgeCose },
];

const verify = (bytes: Uint8Array, mediaType: string) => verifyIntegrity(parseEnvelope(bytes, mediaType));
const now = () => new Date(Math.floor(Date.now() / 1000) * 1000);
const later = (seconds: number) => new Date(now().getTime() + seconds * 1000);
const signerOf = ({ privateKey, certificates }: ForgedChain) => createSigner({ privateKey, certificates });
const request = (mediaType: EnvelopeMediaType, changes: Partial<EnvelopeRequest> = {}): EnvelopeRequest => ({
  mediaType,
  payload: createPayload(ARTIFACT),
  signingScheme: 'notary.x509',
  signingTime: now(),
  ...changes,
});

describe('the type of an envelope', () => {
  it.each([
    '',
    'application/json',
    'application/jose',
    'APPLICATION/COSE',
    'application/cose; a=b',
    'toString',
  ])('is unknown: %j', (mediaType) => {
    expect(failure(() => parseEnvelope(forgeJws(), mediaType), 'ERR_ENVELOPE_UNSUPPORTED')).toBe(
      `"${mediaType}" is not the media type of a signature envelope`,
    );
  });
});

describe.each(MEDIA_TYPES)('an envelope of the type %s', (mediaType) => {
  it('is rejected over 32 MiB before it is read', () => {
    const bytes = new Uint8Array(32 * 1024 * 1024 + 1);
    expect(failure(() => parseEnvelope(bytes, mediaType), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the signature envelope measures 33554433, more than 33554432',
    );
  });

  it.each(KEY_TYPES)('is made, read and verified with a key of the kind %s', async (key) => {
    const signed = forgeChain({ leaf: { key }, intermediates: [{}] });
    const made = await createEnvelope(request(mediaType), await signerOf(signed));
    const envelope = parseEnvelope(made, mediaType);
    await verifyIntegrity(envelope);
    expect(envelope.algorithm.keySpec).toBe(key);
    expect(envelope.certificates).toHaveLength(3);
    expect(parsePayload(envelope.payload)).toEqual(ARTIFACT);
  });

  it('is made under either scheme, with every attribute', async () => {
    const signer = await signerOf(chain);
    const extended: ExtendedAttribute[] = [
      { key: 'example.critical', value: 'a', critical: true },
      { key: 'example.other', value: 7, critical: false },
    ];
    for (const signingScheme of ['notary.x509', 'notary.x509.signingAuthority'] as const) {
      const signingTime = now();
      const expiry = later(60);
      const content = { signingScheme, signingTime, expiry, extended, signingAgent: 'agent/1' };
      const timestamp = async () => Uint8Array.of(1, 2);
      const made = await createEnvelope(request(mediaType, { ...content, timestamp }), signer);
      const { signedAttributes, unsignedAttributes } = parseEnvelope(made, mediaType);
      const timeName = signingScheme === 'notary.x509' ? 'signingTime' : 'authenticSigningTime';
      expect(signedAttributes).toMatchObject({ signingScheme, [timeName]: signingTime, expiry });
      expect([...signedAttributes.extended].sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1))).toEqual(
        extended,
      );
      expect(unsignedAttributes).toEqual({
        signingAgent: 'agent/1',
        timestampSignature: Uint8Array.of(1, 2),
      });
    }
  });

  it('requests the timestamp over the primitive signature', async () => {
    const signed: Uint8Array[] = [];
    const timestamp = async (signature: Uint8Array) => {
      signed.push(signature);
      return Uint8Array.of(0);
    };
    const made = await createEnvelope(request(mediaType, { timestamp }), await signerOf(chain));
    expect(signed).toEqual([parseEnvelope(made, mediaType).signature]);
  });

  it('is not made when the timestamp cannot be obtained', async () => {
    const timestamp = () => Promise.reject(new Error('no answer'));
    await expect(createEnvelope(request(mediaType, { timestamp }), await signerOf(chain))).rejects.toThrow(
      'no answer',
    );
  });

  it.each<[string, Partial<EnvelopeRequest>, ErrorCode, string]>([
    ['an expiry at the signing time', { expiry: now() }, 'ERR_ARGUMENT_INVALID', AFTER],
    ['an expiry before the signing time', { expiry: later(-60) }, 'ERR_ARGUMENT_INVALID', AFTER],
    ['an expiry that is not a date', { expiry: new Date(Number.NaN) }, 'ERR_ARGUMENT_INVALID', SECONDS],
    [
      'a signing time that is not a date',
      { signingTime: new Date(Number.NaN) },
      'ERR_ARGUMENT_INVALID',
      SECONDS,
    ],
    ['a signing time with a fraction', { signingTime: new Date(1500) }, 'ERR_ARGUMENT_INVALID', SECONDS],
    [
      'an expiry with a fraction',
      { expiry: new Date(now().getTime() + 1500) },
      'ERR_ARGUMENT_INVALID',
      SECONDS,
    ],
    [
      'an expiry after the year 9999',
      { expiry: new Date('+010000-01-01T00:00:00Z') },
      'ERR_ARGUMENT_INVALID',
      SECONDS,
    ],
    [
      'a signing time before the certificate',
      { signingTime: new Date('2001-01-01') },
      'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      'is not valid before',
    ],
    [
      'a signing time after the certificate',
      { signingTime: later(90_000) },
      'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      'expired on',
    ],
    ['no payload', { payload: new Uint8Array() }, 'ERR_SIGNER_FAILED', 'its payload is'],
  ])('is not made with %s', async (_, changes, code, reason) => {
    const making = createEnvelope(request(mediaType, changes), await signerOf(chain));
    expect(await rejection(making, code)).toContain(reason);
  });

  it.each([
    'io.cncf.notary.signingScheme',
    'io.cncf.notary.signingTime',
    'io.cncf.notary.authenticSigningTime',
    'io.cncf.notary.expiry',
    'io.cncf.notary.signingAgent',
    '__proto__',
    '',
    ...(mediaType === 'application/cose' ? [1, 2, 3, 4, 33] : ['alg', 'cty', 'crit', 'x5c', 'kid', 1]),
  ])('is not made with the extended attribute %j', async (key) => {
    const extended = [{ key, value: 'a', critical: false }];
    const making = createEnvelope(request(mediaType, { extended }), await signerOf(chain));
    expect(await rejection(making, 'ERR_ARGUMENT_INVALID')).toMatch(
      /^the attribute .+ is given twice, or its name is reserved$|^the name of the attribute 1 is not a string$/,
    );
  });

  it('is not made with an extended attribute twice', async () => {
    const extended = [1, 2].map((value) => ({ key: 'a', value, critical: false }));
    expect(
      await rejection(
        createEnvelope(request(mediaType, { extended }), await signerOf(chain)),
        'ERR_ARGUMENT_INVALID',
      ),
    ).toContain('the attribute "a" is given twice, or its name is reserved');
  });

  it.each([undefined, () => 1, 1n, Symbol('a')])(
    'is not made with an attribute of the value %s',
    async (value) => {
      const extended = [{ key: 'a', value, critical: false }];
      const making = createEnvelope(request(mediaType, { extended }), await signerOf(chain));
      expect(await rejection(making, 'ERR_ARGUMENT_INVALID')).toMatch(
        /^the value of the attribute "a" is not (?:JSON|a string, an integer or bytes)$/,
      );
    },
  );

  it('is not made with the signature of another key', async () => {
    const stranger = await signerOf(forgeChain());
    const signer: Signer = {
      certificates: chain.chain.map(({ der }) => der),
      sign: (bytes) => stranger.sign(bytes),
    };
    expect(await rejection(createEnvelope(request(mediaType), signer), 'ERR_SIGNER_FAILED')).toContain(
      'does not fit',
    );
  });

  it('is not made with a signature of another length', async () => {
    const certificates = chain.chain.map(({ der }) => der);
    const signer: Signer = { certificates, sign: async () => new Uint8Array(70) };
    expect(await rejection(createEnvelope(request(mediaType), signer), 'ERR_SIGNER_FAILED')).toContain(
      'the new envelope does not verify: the signature does not fit the signed bytes',
    );
  });

  it('is not made with a chain that is not complete', async () => {
    const signer: Signer = { certificates: [chain.leaf.der], sign: async () => new Uint8Array(64) };
    expect(
      await rejection(createEnvelope(request(mediaType), signer), 'ERR_CERTIFICATE_CHAIN_INVALID'),
    ).toContain('root');
  });
});

describe.each(FORMATS)('the integrity of an envelope of the type $mediaType', ({ mediaType, forge }) => {
  const refused = (changes: Common, code: ErrorCode) => rejection(verify(forge(changes), mediaType), code);

  it('holds', async () => {
    await verify(forge(), mediaType);
  });

  it('covers the bytes as they were read, even if they are in shared memory and change later', async () => {
    const bytes = forge();
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const envelope = parseEnvelope(shared, mediaType);
    shared.fill(0);
    await verifyIntegrity(envelope);
  });

  it('holds for a chain of any signature algorithms', async () => {
    const root = { key: 'RSA-2048', signature: { name: 'RSA-PSS', hash: 'SHA-512' } } as const;
    const leaf = { key: 'EC-521', signature: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' } } as const;
    await verify(forge({ by: forgeChain({ root, leaf }) }), mediaType);
  });

  it('is broken by another signature', async () => {
    const flip = (signature: Uint8Array) => signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte));
    expect(await refused({ signature: flip }, 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it.each([
    ['shorter', (signature: Uint8Array) => signature.slice(1)],
    ['longer', (signature: Uint8Array) => Uint8Array.of(0, ...signature)],
    [
      'as DER',
      (signature: Uint8Array) =>
        Uint8Array.of(0x30, 0x44, 2, 0x20, ...signature.slice(0, 32), 2, 0x20, ...signature.slice(32)),
    ],
    ['of zeros', (signature: Uint8Array) => new Uint8Array(signature.length)],
  ])('is broken by a signature that is %s', async (_, signature) => {
    expect(await refused({ signature }, 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it('is broken by an algorithm that is not that of the leaf', async () => {
    const by = forgeChain({ leaf: { key: 'RSA-3072' } });
    const other =
      mediaType === 'application/cose'
        ? forgeCose({ by, headers: [[1, -37]] })
        : forgeJws({ by, headers: { alg: 'PS256' } });
    expect(await rejection(verify(other, mediaType), 'ERR_ENVELOPE_INVALID')).toContain('RSA-3072');
  });

  it.each([0, 20, 31, 33, 48, 222])('is broken by an RSA-PSS salt of %i bytes', async (saltLength) => {
    const by = forgeChain({ leaf: { key: 'RSA-2048' } });
    await verify(forge({ by }), mediaType);
    expect(await refused({ by, saltLength }, 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it.each(['RSA-1024', 'RSA-2056', 'Ed25519'] as const)(
    'is broken by a leaf key of the kind %s',
    async (key) => {
      const by = forgeChain({ leaf: { key } });
      const envelope = parseEnvelope(forge(), mediaType);
      const certificates = parseEnvelope(forge({ by: { ...by, leaf: chain.leaf } }), mediaType).certificates;
      expect(
        await rejection(verifyIntegrity({ ...envelope, certificates }), 'ERR_ENVELOPE_INVALID'),
      ).toContain('its leaf');
    },
  );

  it('is broken by another content type', async () => {
    const other =
      mediaType === 'application/cose'
        ? forgeCose({ headers: [[3, 'application/byte-stream']] })
        : forgeJws({ headers: { cty: 'application/byte-stream' } });
    expect(await rejection(verify(other, mediaType), 'ERR_ENVELOPE_INVALID')).toContain('byte-stream');
  });

  it('is broken by a chain against the profile, even when the signature is good', async () => {
    const by = forgeChain({ leaf: { extensions: [] } });
    expect(await refused({ by }, 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('key usage');
  });

  it('is broken by the chain of another key of the same name', async () => {
    const certificates = parseEnvelope(forge({ by: forgeChain() }), mediaType).certificates;
    const envelope = { ...parseEnvelope(forge(), mediaType), certificates };
    expect(await rejection(verifyIntegrity(envelope), 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it('is broken by another payload', async () => {
    const parsed = parseEnvelope(forge(), mediaType);
    const other = parseEnvelope(forge({ payload: `${PAYLOAD} ` }), mediaType);
    expect(
      await rejection(
        verifyIntegrity({ ...parsed, signedBytes: other.signedBytes }),
        'ERR_SIGNATURE_INVALID',
      ),
    ).toContain('the signature does not fit the signed bytes');
  });

  it('does not depend on the time of verification', async () => {
    const [notBefore, notAfter] = [new Date('2001-01-01'), new Date('2002-01-01')];
    await verify(forge({ by: forgeChain({ leaf: { notBefore, notAfter } }) }), mediaType);
  });

  it('holds for a self-signed leaf alone', async () => {
    const leaf = forgeLeaf();
    const by = { chain: [leaf], leaf, root: leaf, privateKey: leaf.privateKey, certificates: leaf.pem };
    await verify(forge({ by }), mediaType);
  });

  it('does not hold for a CA that signs artifacts itself', async () => {
    const leaf = forgeAuthority({ key: forgeKey('EC-256') });
    const by = { chain: [leaf], leaf, root: leaf, privateKey: leaf.privateKey, certificates: leaf.pem };
    expect(await refused({ by }, 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('is a CA');
  });
});
