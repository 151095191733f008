import { describe, expect, it } from 'vitest';
import { importPublicKey } from '../../src/crypto/verify.ts';
import { parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import { KnownChains } from '../../src/envelope/known-chains.ts';
import { rejection } from '../encoding/failure.ts';
import { type ForgedChain, forgeChain } from '../support/forge.ts';
import { forgeCose, forgeJws } from './forged.ts';

const parse = (by: ForgedChain, signature?: (signature: Uint8Array) => Uint8Array) =>
  parseEnvelope(forgeCose({ by, ...(signature && { signature }) }), 'application/cose');
const [first, second] = [forgeChain(), forgeChain()];

describe('KnownChains', () => {
  it('finds a chain that it has verified, in either format', async () => {
    const known = new KnownChains();
    const { certificates } = parseEnvelope(forgeJws({ by: first }), 'application/jose+json');
    expect(known.find(certificates)).toBeUndefined();
    await verifyIntegrity(parse(first), known);
    expect(known.find(certificates)).toBeDefined();
    expect(known.find(parse(second).certificates)).toBeUndefined();
  });

  it('still checks the signature of each envelope', async () => {
    const known = new KnownChains();
    await verifyIntegrity(parse(first), known);
    const flip = (signature: Uint8Array) => signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    expect(await rejection(verifyIntegrity(parse(first, flip), known), 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it('does not remember a chain whose signature is broken, nor one against the profile', async () => {
    const known = new KnownChains();
    const zeros = parse(first, (signature) => new Uint8Array(signature.length));
    expect(await rejection(verifyIntegrity(zeros, known), 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
    const bad = parse(forgeChain({ leaf: { extensions: [] } }));
    expect(await rejection(verifyIntegrity(bad, known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain(
      'key usage',
    );
    expect(known.find(zeros.certificates)).toBeUndefined();
    expect(known.find(bad.certificates)).toBeUndefined();
  });

  it('does not take a chain for another that has the same leaf', async () => {
    const known = new KnownChains();
    await verifyIntegrity(parse(first), known);
    const [leaf] = first.chain;
    const mixed = { ...first, chain: leaf ? [leaf, second.root] : [] };
    expect(await rejection(verifyIntegrity(parse(mixed), known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain(
      'not issued by',
    );
    expect(
      await rejection(
        verifyIntegrity(parse({ ...first, chain: leaf ? [leaf] : [] }), known),
        'ERR_CERTIFICATE_CHAIN_INVALID',
      ),
    ).toContain('root');
  });

  it('is not fooled by a buffer that its caller uses again', async () => {
    const known = new KnownChains();
    const buffer = forgeCose({ by: first });
    const envelope = parseEnvelope(buffer, 'application/cose');
    await verifyIntegrity(envelope, known);
    const before = envelope.certificates.map(({ der }) => Buffer.from(der).toString('hex'));
    buffer.fill(0);
    expect(envelope.certificates.map(({ der }) => Buffer.from(der).toString('hex'))).toEqual(before);
    expect(known.find(parse(first).certificates)).toBeDefined();
  });

  it('does not keep the envelopes that chains came in', async () => {
    const known = new KnownChains();
    const { certificates } = parseEnvelope(
      forgeCose({ by: first, unprotected: [['large', new Uint8Array(1_000_000)]] }),
      'application/cose',
    );
    const [leaf] = certificates;
    if (!leaf) throw new Error('there is no leaf');
    known.add(certificates, await importPublicKey(leaf.publicKey.spki, parse(first).algorithm.importParams));
    const kept = known.find(certificates)?.certificates.map(({ der }) => der.buffer.byteLength) ?? [];
    expect(Math.max(...kept)).toBeLessThan(2000);
  });

  it('forgets the chain that was used the longest ago', async () => {
    const known = new KnownChains();
    const subject = [['CN', 'x'.repeat(12_000)]] as const;
    // Each takes about a tenth of the memory for chains.
    const chains = Array.from({ length: 12 }, () => forgeChain({ leaf: { subject }, root: { subject } }));
    for (const by of chains) await verifyIntegrity(parse(by), known);
    const found = chains.map((by) => known.find(parse(by).certificates) !== undefined);
    expect(found[0]).toBe(false);
    expect(found.at(-1)).toBe(true);
  });

  it('does not remember chains of more than 64 KiB', async () => {
    const known = new KnownChains();
    const subject = [['CN', 'x'.repeat(20_000)]] as const;
    const large = forgeChain({ leaf: { subject }, root: { subject } });
    await verifyIntegrity(parse(large), known);
    expect(known.find(parse(large).certificates)).toBeUndefined();
  });
});
