import { afterEach, describe, expect, it, vi } from 'vitest';
import { NotationError } from '../../src/errors/index.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { IssuanceVerifier } from '../../src/x509/issuance.ts';
import { findPath, MAX_CHAIN, type Path, type PathResult } from '../../src/x509/path-builder.ts';
import { type Forged, forgeAuthority, forgeKey, forgeLeaf } from '../support/forge.ts';

const root = forgeAuthority({ subject: 'Root' });
const intermediate = forgeAuthority({ subject: 'Intermediate', issuer: root });
const leaf = forgeLeaf({ issuer: intermediate });

afterEach(() => {
  vi.restoreAllMocks();
});

const parsed = (certificates: readonly Forged[]): Certificate[] =>
  certificates.map(({ der }) => parseCertificate(der));

function find(
  start: Forged,
  pool: readonly Forged[],
  anchors: readonly Forged[],
  check: (path: Path) => void = () => {},
): Promise<PathResult> {
  const trusted = parsed(anchors);
  return findPath(parseCertificate(start.der), {
    pool: parsed(pool),
    isAnchor: ({ serialNumber }) => trusted.some((anchor) => anchor.serialNumber === serialNumber),
    check,
    issuance: new IssuanceVerifier(),
  });
}

const dersOf = (path: Path | undefined) => path?.map(({ der }) => der);
const ders = (...certificates: Forged[]) => certificates.map(({ der }) => der);
const verifications = () => vi.spyOn(globalThis.crypto.subtle, 'verify');

describe('a path', () => {
  it('leads from the leaf to the anchor, whatever the order of the pool', async () => {
    for (const pool of [
      [intermediate, root],
      [root, intermediate],
    ]) {
      expect(dersOf((await find(leaf, pool, [root])).path)).toEqual(ders(leaf, intermediate, root));
    }
  });

  it('is the leaf alone if that is the anchor', async () => {
    expect(dersOf((await find(leaf, [], [leaf])).path)).toEqual(ders(leaf));
  });

  it('is the shortest of several', async () => {
    const other = forgeAuthority({ subject: 'Other' });
    const above = forgeAuthority({ subject: 'Above', issuer: other });
    const crossed = forgeAuthority({ subject: 'Root', key: root.key, issuer: above });
    const { path } = await find(leaf, [crossed, above, other, intermediate, root], [other, root]);
    expect(dersOf(path)).toEqual(ders(leaf, intermediate, root));
  });

  it('is the next shortest if the first does not pass the check', async () => {
    const other = forgeAuthority({ subject: 'Other' });
    const crossed = forgeAuthority({ subject: 'Intermediate', key: intermediate.key, issuer: other });
    const refused = new NotationError('ERR_CERTIFICATE_NOT_VALID_AT_TIME', 'not then');
    const seen: number[] = [];
    const { path } = await find(leaf, [intermediate, crossed, root, other], [root, other], (candidate) => {
      seen.push(candidate.length);
      if (seen.length === 1) throw refused;
    });
    expect(dersOf(path)).toEqual(ders(leaf, crossed, other));
    const none = await find(leaf, [intermediate, crossed, root, other], [root, other], () => {
      throw refused;
    });
    expect(none).toMatchObject({ misfit: refused });
    expect(none.path).toBeUndefined();
  });

  it('is not searched for any further if the check fails with anything but a NotationError', async () => {
    const bug = new TypeError('a bug');
    const search = find(leaf, [intermediate, root], [root], () => {
      throw bug;
    });
    await expect(search).rejects.toBe(bug);
  });
});

describe('a search without a path', () => {
  it('reports how far it came', async () => {
    expect(dersOf((await find(leaf, [intermediate], [root])).deadEnd)).toEqual(ders(leaf, intermediate));
    expect(dersOf((await find(leaf, [], [root])).deadEnd)).toEqual(ders(leaf));
  });

  it('gives up a path of more than 16 certificates', async () => {
    const line = [root];
    while (line.length < MAX_CHAIN) {
      line.push(forgeAuthority({ subject: `Line ${line.length}`, issuer: line.at(-1) ?? root }));
    }
    const start = forgeLeaf({ issuer: line.at(-1) ?? root });
    const { path, deadEnd } = await find(start, line, [root]);
    expect(path).toBeUndefined();
    expect(deadEnd).toHaveLength(MAX_CHAIN + 1);
    const shorter = forgeLeaf({ issuer: line.at(-2) ?? root });
    expect((await find(shorter, line, [root])).path).toHaveLength(MAX_CHAIN);
  });

  it('reports which signature could not be verified', async () => {
    const old = forgeLeaf({ issuer: intermediate, signature: { name: 'ECDSA', hash: 'SHA-1' } });
    const { path, unverified } = await find(old, [intermediate, root], [root]);
    expect(path).toBeUndefined();
    expect(unverified?.message).toContain('SHA-1 with ECDSA');
  });

  it('never visits a CA twice', async () => {
    const one = forgeAuthority({ subject: 'One' });
    const two = forgeAuthority({ subject: 'Two', issuer: one });
    const again = forgeAuthority({ subject: 'One', key: one.key, issuer: two });
    const { path, exceeded, deadEnd } = await find(forgeLeaf({ issuer: two }), [two, again], [root]);
    expect(path).toBeUndefined();
    expect(exceeded).toBeUndefined();
    expect(deadEnd).toHaveLength(3);
  });
});

describe('the budget of a search', () => {
  it('is spent neither twice on the same signature and key, nor on paths that need not be tried', async () => {
    const verify = verifications();
    const renewed = Array.from({ length: 99 }, () =>
      forgeAuthority({ subject: 'Intermediate', key: intermediate.key, issuer: root }),
    );
    const { path } = await find(leaf, [...renewed, root], [root]);
    expect(path).toHaveLength(3);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('ends after 64 signatures', async () => {
    const verify = verifications();
    const impostors = Array.from({ length: 80 }, () =>
      forgeAuthority({ subject: 'Intermediate', key: forgeKey('EC-256') }),
    );
    const { path, exceeded } = await find(leaf, [...impostors, intermediate, root], [root]);
    expect(path).toBeUndefined();
    expect(exceeded?.code).toBe('ERR_LIMIT_EXCEEDED');
    expect(verify.mock.calls.length).toBeLessThanOrEqual(64);
  });

  it('ends after 1000 certificates were considered, before the number of paths explodes', async () => {
    const verify = verifications();
    const layers = [[root]];
    for (let i = 0; i < 12; i++) {
      const content = { subject: `Layer ${i}`, key: forgeKey('EC-256'), issuer: layers.at(-1)?.[0] ?? root };
      layers.push([forgeAuthority(content), forgeAuthority(content)]);
    }
    const start = forgeLeaf({ issuer: layers.at(-1)?.[0] ?? root });
    const { exceeded } = await find(start, layers.flat(), [forgeAuthority({ subject: 'Elsewhere' })]);
    expect(exceeded?.code).toBe('ERR_LIMIT_EXCEEDED');
    expect(verify.mock.calls.length).toBeLessThanOrEqual(25);
  });
});
