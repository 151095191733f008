import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layerProblems } from '../../scripts/check-layers.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function plant(path: string, source: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), source);
}

function check(): string {
  return layerProblems(root).join('\n');
}

describe('the check of layers', () => {
  it('passes imports of the layers above', () => {
    plant(
      'envelope/cose.ts',
      `import { parseCertificate } from '../x509/certificate.ts';\nimport './limits.ts';`,
    );
    expect(check()).toBe('');
  });

  it.each([
    ['of a lower layer', 'x509/chain.ts', `import { cose } from '../envelope/cose.ts';`],
    ['of a type only', 'oci/reference.ts', `import type { Signer } from '../signer/index.ts';`],
    ['that is dynamic', 'policy/parse.ts', `const registry = await import('../oci/registry.ts');`],
    ['in a re-export', 'crypto/index.ts', `export { parse } from '../asn1/der-reader.ts';`],
    ['of a runtime', 'verifier/verifier.ts', `import { readFile } from 'node:fs/promises';`],
    ['of a package that is not its business', 'crypto/digest.ts', `import ky from 'ky';`],
    ['of the tools by the policy', 'policy/parse.ts', `import { lintTrustPolicy } from './tools/lint.ts';`],
    [
      'of an ASN.1 reader by the policy',
      'policy/parse.ts',
      `import { DerReader } from '../asn1/der-reader.ts';`,
    ],
  ])('fails on an import %s', (_, path, source) => {
    plant(path, source);
    expect(check()).toContain(`${path}: the layer "${path.split('/')[0]}" must not import`);
  });

  it('fails on a directory that is not a layer', () => {
    plant('helpers/text.ts', 'export const text = 1;');
    expect(check()).toContain('helpers/text.ts: "helpers" is not a layer');
  });

  it('fails on files that import each other, and prints the circle', () => {
    plant('x509/certificate.ts', `import { verify } from './signature.ts';`);
    plant('x509/signature.ts', `import { nameOf } from './name.ts';`);
    plant('x509/name.ts', `export { parse } from './certificate.ts';`);
    expect(check()).toContain(
      'circle: x509/certificate.ts -> x509/signature.ts -> x509/name.ts -> x509/certificate.ts',
    );
  });

  it('fails on a circle that is closed by an import of a type', () => {
    plant('kms/request.ts', `import { checkOptions } from './arguments.ts';`);
    plant('kms/arguments.ts', `import type { RequestOptions } from './request.ts';`);
    expect(check()).toContain('circle: kms/arguments.ts -> kms/request.ts -> kms/arguments.ts');
  });

  it('fails on a circle that is closed by a dynamic import', () => {
    plant('verifier/verifier.ts', `const { all } = await import('./platforms.ts');`);
    plant('verifier/platforms.ts', `import { one } from './verifier.ts';`);
    expect(check()).toContain('circle: verifier/platforms.ts -> verifier/verifier.ts ->');
  });

  it('passes two files that import the same third one', () => {
    plant('policy/parse.ts', `import './levels.ts';\nimport './scopes.ts';`);
    plant('policy/scopes.ts', `import './levels.ts';`);
    plant('policy/levels.ts', 'export const levels = 1;');
    expect(check()).toBe('');
  });

  it('ends with 1 and prints each problem when it is run', () => {
    plant('helpers/text.ts', 'export const text = 1;');
    const run = () => execFileSync('node', ['scripts/check-layers.mjs', root], { stdio: 'pipe' });
    expect(run).toThrow(
      expect.objectContaining({ status: 1, message: expect.stringContaining('"helpers" is not a layer') }),
    );
  });
});
