import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { findTsaChain } from '../../../src/x509/timestamp/tsa-chain.ts';
import { rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedContent,
  forgeAuthority,
  forgeKey,
  purposes,
} from '../../support/forge.ts';
import { forgeTimestampLeaf } from '../../support/forge-timestamp.ts';

const root = forgeAuthority({ subject: 'Root' });
const intermediate = forgeAuthority({ subject: 'Intermediate', issuer: root });
const leaf = forgeTimestampLeaf({ issuer: intermediate });
const elsewhere = forgeAuthority({ subject: 'Elsewhere' });

function find(
  start: Forged,
  others: readonly Forged[],
  roots: readonly Forged[],
  time = new Date(),
): Promise<readonly Uint8Array[]> {
  const [parsed, along, trusted] = [[start], others, roots].map((list) =>
    list.map((one) => parseCertificate(one.der)),
  );
  if (!parsed?.[0] || !along || !trusted) throw new Error('there is nothing to find');
  return findTsaChain(parsed[0], along, trusted, time).then((chain) => chain.map((one) => one.der));
}

const dersOf = (...chain: Forged[]) => chain.map((one) => one.der);
const NO_CHAIN = 'no certificate chain leads';
const refusal = (
  parameters: Parameters<typeof find>,
  code: ErrorCode = 'ERR_CERTIFICATE_CHAIN_INVALID',
): Promise<string> => rejection(find(...parameters), code);

describe('the chain of a timestamping authority', () => {
  const whole = dersOf(leaf, intermediate, root);

  it.each([
    ['in order', [leaf, intermediate, root]],
    ['in any order', [root, intermediate, leaf]],
    ['without the root', [intermediate]],
    ['twice', [leaf, leaf, intermediate, intermediate, root, root]],
    ['among others', [elsewhere, intermediate, forgeAuthority({ subject: 'Intermediate' })]],
  ])('is found in certificates %s', async (_, others) => {
    expect(await find(leaf, others, [elsewhere, root])).toEqual(whole);
  });

  it('ends at the first root', async () => {
    const direct = forgeTimestampLeaf({ issuer: root });
    expect(await find(direct, [], [root])).toEqual(dersOf(direct, root));
  });

  it.each([
    ['the root is another', [intermediate, root], [elsewhere]],
    ['no root is trusted', [intermediate, root], []],
    ['a certificate is missing', [], [root]],
    ['the root only has the same name', [intermediate], [forgeAuthority({ subject: 'Root' })]],
  ] as const)('is not found when %s', async (_, others, roots) => {
    const message = await refusal([leaf, others, roots], 'ERR_TIMESTAMP_UNTRUSTED');
    expect(message).toContain('no certificate chain leads');
  });

  it('is found through a certificate that another root gave its root', async () => {
    const cross = forgeAuthority({ subject: 'Root', key: root.key, issuer: elsewhere });
    const chain = await find(leaf, [root, cross, intermediate], [elsewhere]);
    expect(chain).toEqual(dersOf(leaf, intermediate, cross, elsewhere));
  });

  it('is found despite an expired one', async () => {
    const expired = forgeAuthority({
      subject: 'Intermediate',
      key: intermediate.key,
      issuer: root,
      notAfter: new Date(Date.now() - 1000),
    });
    expect(await find(leaf, [expired, intermediate], [root])).toEqual(whole);
    const message = await refusal([leaf, [expired], [root]], 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
    expect(message).toMatch(/"CN=Intermediate,.* expired on/);
  });

  it('is found despite a root of the same name', async () => {
    const impostor = forgeAuthority({ subject: 'Root' });
    expect(await find(leaf, [impostor, intermediate], [impostor, root])).toEqual(whole);
  });

  it('is not searched for without end if certificates issued each other', async () => {
    const one = forgeAuthority({ subject: 'One' });
    const two = forgeAuthority({ subject: 'Two', issuer: one });
    const again = forgeAuthority({ subject: 'One', key: one.key, issuer: two });
    const start = forgeTimestampLeaf({ issuer: two });
    expect(await refusal([start, [two, again], [root]], 'ERR_TIMESTAMP_UNTRUSTED')).toContain(NO_CHAIN);
  });

  it('is found among many of the same name and key', async () => {
    const key = forgeKey('EC-256');
    const issuer = forgeAuthority({ subject: 'Many', key });
    const many = Array.from({ length: 30 }, () => forgeAuthority({ subject: 'Many', key, issuer }));
    const start = forgeTimestampLeaf({ issuer });
    expect(await find(start, many, [issuer])).toEqual(dersOf(start, issuer));
    expect(await refusal([start, many, [root]], 'ERR_TIMESTAMP_UNTRUSTED')).toContain(NO_CHAIN);
  });

  it('is not searched for without end if each certificate has two issuers', async () => {
    const layers = [[root]];
    for (let i = 0; i < 10; i++) {
      const [issuer = root] = layers.at(-1) ?? [];
      const content = { subject: `Layer ${i}`, key: forgeKey('EC-256'), issuer };
      layers.push([forgeAuthority(content), forgeAuthority(content)]);
    }
    const start = forgeTimestampLeaf({ issuer: layers.at(-1)?.[0] ?? root });
    const others = layers.slice(1).flat();
    const message = await refusal([start, others, [elsewhere]], 'ERR_TIMESTAMP_UNTRUSTED');
    expect(message).toContain('within the limits');
  });

  it('has at most 16 certificates', async () => {
    const line = (length: number) => {
      const list = [forgeAuthority({ subject: 'Line' })];
      while (list.length < length - 1) {
        const issuer = list.at(-1) ?? root;
        list.push(forgeAuthority({ subject: `Line ${list.length}`, issuer }));
      }
      const [first = root, ...rest] = list;
      return { start: forgeTimestampLeaf({ issuer: list.at(-1) ?? root }), first, rest };
    };
    const longest = line(16);
    expect(await find(longest.start, longest.rest, [longest.first])).toHaveLength(16);
    const tooLong = line(17);
    const message = await refusal([tooLong.start, tooLong.rest, [tooLong.first]], 'ERR_TIMESTAMP_UNTRUSTED');
    expect(message).toContain(NO_CHAIN);
  });

  it.each([
    ['the leaf', { corruptSignature: true }, {}],
    ['an intermediate', {}, { corruptSignature: true }],
    ['a leaf by SHA-1', { signature: { name: 'ECDSA', hash: 'SHA-1' } }, {}],
    ['an intermediate by SHA-1', {}, { signature: { name: 'ECDSA', hash: 'SHA-1' } }],
  ] satisfies [string, ForgedContent, ForgedContent][])(
    'is not found if the signature of %s is invalid',
    async (_, ofLeaf, ofIntermediate) => {
      const issuer = forgeAuthority({ subject: 'Intermediate', issuer: root, ...ofIntermediate });
      const start = forgeTimestampLeaf({ issuer, ...ofLeaf });
      expect(await refusal([start, [issuer], [root]], 'ERR_TIMESTAMP_UNTRUSTED')).toContain(NO_CHAIN);
    },
  );
});

describe('the root of a timestamping authority', () => {
  it.each([
    ['is an intermediate', intermediate, 'it is not self-signed'],
    [
      'has a corrupt signature',
      forgeAuthority({ subject: 'Root', key: root.key, corruptSignature: true }),
      'it is not self-signed',
    ],
    [
      'is signed with SHA-1',
      forgeAuthority({ subject: 'Root', key: root.key, signature: { name: 'ECDSA', hash: 'SHA-1' } }),
      'SHA-1 with ECDSA, which is not allowed',
    ],
  ])('is undefined when it %s', async (_, anchor, reason) => {
    expect(await refusal([leaf, [intermediate], [anchor]])).toContain(reason);
  });

  it('is not a leaf that another CA issued', async () => {
    expect(await refusal([leaf, [], [leaf]])).toContain('it is not self-signed');
  });
});

describe('the validity of a timestamping authority', () => {
  const [notBefore, notAfter] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-02-01T00:00:00Z')];
  const limited = { notBefore, notAfter };
  const unlimited = { notBefore: new Date('2020-01-01'), notAfter: new Date('2040-01-01') };
  const wide = forgeAuthority({ subject: 'Root', ...unlimited });
  const narrow = forgeAuthority({ subject: 'Root', ...limited });

  it.each([
    ['leaf', forgeTimestampLeaf({ issuer: wide, ...limited }), wide],
    ['root', forgeTimestampLeaf({ issuer: narrow, ...unlimited }), narrow],
  ])('must hold the time: %s', async (_, start, anchor) => {
    const at = (time: Date): Parameters<typeof find> => [start, [], [anchor], time];
    for (const time of [notBefore, notAfter, new Date('2030-01-15')]) await find(...at(time));
    const refused = (milliseconds: number) =>
      refusal(at(new Date(milliseconds)), 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
    expect(await refused(notBefore.getTime() - 1)).toContain('is not valid before 2030-01-01');
    expect(await refused(notAfter.getTime() + 1)).toContain('expired on 2030-02-01');
  });
});

describe('the certificates of a timestamping authority', () => {
  const unknown = extensions.of('1.2.3.4', der.nullValue(), true);
  const constraints = extensions.basicConstraints({ ca: true });
  const signs = extensions.keyUsage(['keyCertSign']);
  const stamps = [
    extensions.keyUsage(['digitalSignature']),
    extensions.extendedKeyUsage([purposes.timeStamping], true),
  ];

  it('must not have an unknown critical extension', async () => {
    const start = forgeTimestampLeaf({ issuer: root, extensions: [...stamps, unknown] });
    expect(await refusal([start, [], [root]])).toContain('unknown critical extension 1.2.3.4');
    const anchor = forgeAuthority({ subject: 'Strange', extensions: [constraints, signs, unknown] });
    expect(await refusal([forgeTimestampLeaf({ issuer: anchor }), [], [anchor]])).toContain(
      'unknown critical extension 1.2.3.4',
    );
  });

  it.each([
    ['timestamping', [purposes.timeStamping], true],
    ['any purpose', [purposes.any], true],
    ['code signing and timestamping', [purposes.codeSigning, purposes.timeStamping], true],
    ['code signing', [purposes.codeSigning], false],
    ['servers', [purposes.serverAuth], false],
  ])('of a CA may be restricted to %s: %o → %s', async (_, oids, allowed) => {
    const anchor = forgeAuthority({
      subject: 'Restricted',
      extensions: [constraints, signs, extensions.extendedKeyUsage(oids)],
    });
    const start = forgeTimestampLeaf({ issuer: anchor });
    if (allowed) await find(start, [], [anchor]);
    else expect(await refusal([start, [], [anchor]])).toContain('is not for timestamping');
  });

  it('keep to the path length of their CA', async () => {
    const anchor = forgeAuthority({ subject: 'Short', pathLength: 0 });
    await find(forgeTimestampLeaf({ issuer: anchor }), [], [anchor]);
    const below = forgeAuthority({ subject: 'Below', issuer: anchor });
    const message = await refusal([forgeTimestampLeaf({ issuer: below }), [below], [anchor]]);
    expect(message).toContain('allows 0 CA certificates below it');
  });
});
