import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type { CertIdHash } from '../../../src/x509/revocation/cert-id.ts';
import { createOcspRequest, ocspGetUrl } from '../../../src/x509/revocation/ocsp-request.ts';
import { type Forged, type ForgedContent, forgeAuthority, forgeLeaf } from '../../support/forge.ts';

function forgePair(authority: ForgedContent = {}, leaf: ForgedContent = {}): [Forged, Forged] {
  const issuer = forgeAuthority({ subject: 'issuer', ...authority });
  return [forgeLeaf({ issuer, ...leaf }), issuer];
}

async function requestFor([leaf, issuer]: [Forged, Forged], hash?: CertIdHash): Promise<Uint8Array> {
  return createOcspRequest(parseCertificate(leaf.der), parseCertificate(issuer.der), hash);
}

function opensslAvailable(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function opensslRequest([leaf, issuer]: [Forged, Forged], hash: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'ocsp-request-'));
  try {
    const file = (name: string) => join(directory, name);
    writeFileSync(file('leaf.pem'), leaf.pem);
    writeFileSync(file('issuer.pem'), issuer.pem);
    const about = [`-${hash}`, '-issuer', file('issuer.pem'), '-cert', file('leaf.pem')];
    execFileSync('openssl', ['ocsp', '-no_nonce', ...about, '-reqout', file('request.der')], {
      stdio: 'ignore',
    });
    return new Uint8Array(readFileSync(file('request.der')));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('an OCSP request', () => {
  const kinds: [string, [Forged, Forged]][] = [
    ['EC', forgePair()],
    ['RSA', forgePair({ key: 'RSA-2048' }, { signature: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } })],
    ['a serial number of one byte', forgePair({}, { serialNumber: Uint8Array.of(0x01) })],
    ['a serial number with a sign byte', forgePair({}, { serialNumber: Uint8Array.of(0x00, 0x80, 0x01) })],
    ['a serial number of 20 bytes', forgePair({}, { serialNumber: new Uint8Array(20).fill(0x7f) })],
  ];
  for (const [name, pair] of kinds) {
    for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
      it.skipIf(!opensslAvailable())(`is the one of OpenSSL for ${name}, with ${hash}`, async () => {
        const expected = opensslRequest(pair, hash.replace('-', '').toLowerCase());
        expect(await requestFor(pair, hash)).toEqual(expected);
      });
    }
  }

  it('hashes with SHA-1 by default', async () => {
    const pair = forgePair();
    expect(await requestFor(pair)).toEqual(await requestFor(pair, 'SHA-1'));
  });

  it('hashes the name of the issuer as the certificate writes it', async () => {
    const issuer = forgeAuthority({ subject: [['CN', 'other']] });
    const pair: [Forged, Forged] = [forgeLeaf({ issuer, issuerName: [['CN', 'issuer']] }), issuer];
    const same = forgeAuthority({ subject: [['CN', 'issuer']], key: issuer.key });
    expect(await requestFor(pair)).toEqual(await requestFor([pair[0], same]));
  });
});

describe('the URL of a GET', () => {
  const request = Uint8Array.of(0xfb, 0xef, 0xff, 0x00); // base64: ++//AA==
  const path = '%2B%2B%2F%2FAA%3D%3D';

  it.each([
    ['http://ocsp.example', `http://ocsp.example/${path}`],
    ['http://ocsp.example/', `http://ocsp.example/${path}`],
    ['http://ocsp.example//', `http://ocsp.example/${path}`],
    ['http://ocsp.example:8080/a', `http://ocsp.example:8080/a/${path}`],
    ['http://ocsp.example/a/', `http://ocsp.example/a/${path}`],
  ])('of %s is the one of the reference', (responder, expected) => {
    expect(ocspGetUrl(responder, request)).toBe(expected);
  });

  it.each(['http://ocsp.example/?a=b', 'http://ocsp.example/a#b'])('does not exist for %s', (responder) => {
    expect(ocspGetUrl(responder, request)).toBeUndefined();
  });

  it('exists up to 252 characters of base64', () => {
    const zeros = new Uint8Array(189);
    expect(ocspGetUrl('http://ocsp.example', zeros)).toBe(`http://ocsp.example/${'A'.repeat(252)}`);
  });

  it('does not exist from 256 characters of base64', () => {
    expect(ocspGetUrl('http://ocsp.example', new Uint8Array(192))).toBeUndefined();
  });

  it('exists up to 254 characters once escaped', () => {
    // 252 characters of base64, one of which is escaped to three.
    const bytes = Uint8Array.of(0xf8, ...new Uint8Array(188));
    expect(ocspGetUrl('http://ocsp.example', bytes)).toBe(`http://ocsp.example/%2B${'A'.repeat(251)}`);
  });

  it('does not exist from 255 characters once escaped', () => {
    const bytes = Uint8Array.of(0xfb, 0xe0, ...new Uint8Array(187));
    expect(ocspGetUrl('http://ocsp.example', bytes)).toBeUndefined();
  });

  it('is found quickly for a URL with many slashes', () => {
    const hostile = `http://ocsp.example${'/'.repeat(60_000)}a`;
    const start = performance.now();
    expect(ocspGetUrl(hostile, request)).toBeDefined();
    expect(performance.now() - start).toBeLessThan(500);
  });
});
