import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createTestCa,
  type TestCa,
  type TestCaOptions,
  type TestCertificate,
} from '../../src/testing/index.ts';

const run = promisify(execFile);

/** Makes a CA and a certificate, and a directory with both, in which openssl runs. */
async function prepare(options: TestCaOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'test-ca-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const ca = await createTestCa(options);
  const leaf = await ca.issue({ name: 'release.example' });
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);
  write('root.pem', ca.rootCertificate);
  write('leaf.pem', leaf.certificates);
  /** Runs openssl, whatever its exit code, and returns both outputs. */
  const openssl = async (args: string): Promise<string> => {
    const outputs = (result: { stdout: string; stderr: string }) => result.stdout + result.stderr;
    return run('openssl', args.split(' '), { cwd: directory }).then(outputs, outputs);
  };
  const read = (name: string) => readFileSync(join(directory, name));
  return { ca, leaf, write, read, openssl };
}

/** Has openssl request the status of the leaf, and check the response. */
async function statusByOcsp({
  ca,
  write,
  read,
  openssl,
}: Awaited<ReturnType<typeof prepare>>): Promise<string> {
  const about = 'ocsp -issuer root.pem -cert leaf.pem';
  await openssl(`${about} -reqout request.der`);
  const response = await ca.fetch(ca.ocspUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/ocsp-request' },
    body: read('request.der'),
  });
  write('response.der', new Uint8Array(await response.arrayBuffer()));
  // The request has its nonce already: openssl would add another one.
  return openssl(`${about} -no_nonce -reqin request.der -respin response.der -CAfile root.pem`);
}

/** Has openssl read the CRL, and verify the leaf with it. */
async function statusByCrl({ ca, write, openssl }: Awaited<ReturnType<typeof prepare>>) {
  const response = await ca.fetch(ca.crlUrl);
  write('ca.crl', new Uint8Array(await response.arrayBuffer()));
  const list = await openssl('crl -inform DER -in ca.crl -CAfile root.pem -noout -text');
  const verdict = await openssl('verify -crl_check -CAfile root.pem -CRLfile ca.crl leaf.pem');
  return { list, verdict };
}

const keys: TestCaOptions[] = [{}, { keySpec: 'RSA-2048' }, { keySpec: 'EC-521' }];
const responders: TestCaOptions[] = [...keys, { delegated: true }, { delegated: true, keySpec: 'RSA-2048' }];
const statuses: [string, (ca: TestCa, leaf: TestCertificate) => void, RegExp][] = [
  ['good', () => undefined, /leaf\.pem: good/],
  [
    'revoked',
    (ca, leaf) => ca.revoke(leaf, { reason: 'keyCompromise' }),
    /leaf\.pem: revoked[\s\S]*Reason: keyCompromise/,
  ],
  ['unknown', (ca, leaf) => ca.forget(leaf), /leaf\.pem: unknown/],
  ['expired', (ca) => ca.serve({ ocsp: 'expired' }), /Status times invalid/i],
];

describe('openssl reads the OCSP response of a test CA', () => {
  for (const options of responders) {
    it.each(statuses)(
      `with the options ${JSON.stringify(options)} for a certificate that is %s`,
      async (_, change, expected) => {
        const prepared = await prepare(options);
        change(prepared.ca, prepared.leaf);
        const output = await statusByOcsp(prepared);
        expect(output).toContain('Response verify OK');
        expect(output).toMatch(expected);
        // openssl warns if the nonce is missing, and fails if it is another one.
        expect(output).not.toMatch(/nonce/i);
      },
    );
  }
});

describe('openssl reads the CRL of a test CA', () => {
  it.each(keys)('with the options %o for a certificate that is good', async (options) => {
    const { list, verdict } = await statusByCrl(await prepare(options));
    expect(list).toContain('verify OK');
    expect(list).toContain('No Revoked Certificates');
    expect(verdict).toContain('leaf.pem: OK');
  });

  it.each(keys)('with the options %o for a certificate that is revoked', async (options) => {
    const prepared = await prepare(options);
    prepared.ca.revoke(prepared.leaf, { reason: 'superseded', at: new Date('2026-01-02T03:04:05Z') });
    const { list, verdict } = await statusByCrl(prepared);
    expect(list).toContain('verify OK');
    expect(list).toContain('Superseded');
    expect(list).toContain('Jan  2 03:04:05 2026 GMT');
    expect(verdict).toContain('certificate revoked');
  });

  it('that has expired', async () => {
    const prepared = await prepare();
    prepared.ca.serve({ crl: 'expired' });
    const { verdict } = await statusByCrl(prepared);
    expect(verdict).toContain('CRL has expired');
  });
});
