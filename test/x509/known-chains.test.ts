import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import { KnownChains } from '../../src/x509/known-chains.ts';
import { rejection } from '../encoding/failure.ts';
import { forgeCose, forgeJws } from '../envelope/forged.ts';
import { countCalls } from '../support/count-calls.ts';
import { type Forged, type ForgedChain, forgeAuthority, forgeChain, forgeLeaf } from '../support/forge.ts';

const parse = (by: ForgedChain, signature?: (signature: Uint8Array) => Uint8Array, known?: KnownChains) =>
  parseEnvelope(forgeCose({ by, ...(signature && { signature }) }), 'application/cose', known);
const [first, second] = [forgeChain(), forgeChain()];

/** Verifies an envelope of a chain with a memory. */
const verify = (by: ForgedChain, known: KnownChains) => verifyIntegrity(parse(by, undefined, known), known);
/** Reports whether a memory has all certificates of a chain: then they are the same objects each time. */
const knows = (known: KnownChains, { chain }: ForgedChain) =>
  chain.every(({ der }) => Object.is(known.read(der), known.read(der)));
const chainOf = (chain: readonly Forged[]): ForgedChain => ({ ...first, chain });

afterEach(() => vi.unstubAllGlobals());

describe('KnownChains', () => {
  it('knows a chain that it has verified, in either format', async () => {
    const known = new KnownChains();
    expect(knows(known, first)).toBe(false);
    await verify(first, known);
    expect(knows(known, first)).toBe(true);
    expect(knows(known, second)).toBe(false);
    const { certificates } = parseEnvelope(forgeJws({ by: first }), 'application/jose+json', known);
    expect(certificates).toEqual(parse(first, undefined, known).certificates);
    expect(certificates[0]).toBe(parse(first, undefined, known).certificates[0]);
  });

  it('still verifies the signature of each envelope', async () => {
    const known = new KnownChains();
    await verify(first, known);
    const flip = (signature: Uint8Array) => signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const changed = parse(first, flip, known);
    expect(await rejection(verifyIntegrity(changed, known), 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
  });

  it('does not remember a chain whose signature is broken, nor one against the profile', async () => {
    const known = new KnownChains();
    const zeros = parse(first, (signature) => new Uint8Array(signature.length), known);
    expect(await rejection(verifyIntegrity(zeros, known), 'ERR_SIGNATURE_INVALID')).toContain(
      'the signature does not fit the signed bytes',
    );
    const bad = forgeChain({ leaf: { extensions: [] } });
    expect(await rejection(verify(bad, known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('key usage');
    expect(knows(known, first)).toBe(false);
    expect(knows(known, bad)).toBe(false);
  });

  it('verifies only the leaf of another signer under the same CAs', async () => {
    const known = new KnownChains();
    const root = forgeAuthority();
    const chains = [forgeLeaf({ issuer: root }), forgeLeaf({ issuer: root })].map((leaf) => ({
      ...first,
      chain: [leaf, root],
      leaf,
      root,
    }));
    const calls = countCalls();
    const counts: { imported: number; verified: number }[] = [];
    for (const by of chains) {
      await verify(by, known);
      counts.push(calls.reset());
    }
    await verify(chains[0] ?? first, known);
    counts.push(calls.reset());
    expect(counts).toEqual([
      { imported: 2, verified: 3 },
      { imported: 1, verified: 2 },
      { imported: 0, verified: 1 },
    ]);
  });

  it('does not take a certificate for another that ends with the same bytes', async () => {
    const known = new KnownChains();
    await verify(first, known);
    const [leaf, root] = first.chain;
    if (!leaf || !root) throw new Error('the chain is shorter');
    for (let i = 0; i < leaf.der.length; i += 7) {
      const der = leaf.der.slice();
      der[i] = (der[i] ?? 0) ^ 1;
      const changed = chainOf([{ ...leaf, der }, root]);
      await expect(async () => verify(changed, known)).rejects.toThrow();
    }
    expect(knows(known, first)).toBe(true);
  });

  it('does not take a certificate for issued by another one with the name of its issuer', async () => {
    const known = new KnownChains();
    const subject = 'the same name';
    const [one, other] = [forgeAuthority({ subject }), forgeAuthority({ subject })];
    const leaf = forgeLeaf({ issuer: one });
    await verify({ ...first, chain: [leaf, one], leaf, root: one }, known);
    const mixed = { ...first, chain: [leaf, other], leaf, root: other };
    expect(await rejection(verify(mixed, known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('not issued by');
  });

  it('does not take a chain for another that has the same leaf', async () => {
    const known = new KnownChains();
    await verify(first, known);
    const [leaf] = first.chain;
    const mixed = chainOf(leaf ? [leaf, second.root] : []);
    expect(await rejection(verify(mixed, known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('not issued by');
    const alone = chainOf(leaf ? [leaf] : []);
    expect(await rejection(verify(alone, known), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain('root');
  });

  it('is not fooled by a buffer that its caller uses again', async () => {
    const known = new KnownChains();
    const buffer = forgeCose({ by: first });
    const envelope = parseEnvelope(buffer, 'application/cose', known);
    await verifyIntegrity(envelope, known);
    const before = envelope.certificates.map(({ der }) => Buffer.from(der).toString('hex'));
    buffer.fill(0);
    expect(envelope.certificates.map(({ der }) => Buffer.from(der).toString('hex'))).toEqual(before);
    expect(knows(known, first)).toBe(true);
  });

  it('does not keep the envelopes that chains came in', async () => {
    const known = new KnownChains();
    const envelope = parseEnvelope(
      forgeCose({ by: first, unprotected: [['large', new Uint8Array(1_000_000)]] }),
      'application/cose',
      known,
    );
    await verifyIntegrity(envelope, known);
    const kept = first.chain.map(({ der }) => known.read(der).der.buffer.byteLength);
    expect(Math.max(...kept)).toBeLessThan(2000);
  });

  it('forgets the chain that was used the longest ago', async () => {
    const known = new KnownChains();
    const subject = [['CN', 'x'.repeat(12_000)]] as const;
    // Each takes about a tenth of the memory for chains.
    const chains = Array.from({ length: 12 }, () => forgeChain({ leaf: { subject }, root: { subject } }));
    for (const by of chains) await verify(by, known);
    const [oldest, newest] = [chains[0] ?? first, chains.at(-1) ?? first];
    expect(knows(known, oldest)).toBe(false);
    expect(knows(known, newest)).toBe(true);
  });

  it('does not remember chains of more than 64 KiB', async () => {
    const known = new KnownChains();
    const subject = [['CN', 'x'.repeat(20_000)]] as const;
    const large = forgeChain({ leaf: { subject }, root: { subject } });
    await verify(large, known);
    expect(knows(known, large)).toBe(false);
  });

  it('belongs to one object, and to no other', () => {
    const [owner, other] = [{}, {}];
    expect(KnownChains.of(owner)).toBe(KnownChains.of(owner));
    expect(KnownChains.of(other)).not.toBe(KnownChains.of(owner));
  });
});
