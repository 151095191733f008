import { expect } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import {
  type BlobTrustPolicy,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  type TrustPolicy,
  type TrustPolicyOptions,
} from '../../src/policy/index.ts';

type Json = Record<string, unknown>;

/** A statement that is valid, with some members set otherwise; `undefined` removes one. */
export function statement(changes: Json = {}): Json {
  const members = {
    name: 'images',
    registryScopes: ['registry.example.com/app'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
    ...changes,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A statement at the level `skip`. */
export function skipStatement(changes: Json = {}): Json {
  const signatureVerification = { level: 'skip' };
  return statement({
    signatureVerification,
    trustStores: undefined,
    trustedIdentities: undefined,
    ...changes,
  });
}

/** A document of statements. */
export function document(...trustPolicies: unknown[]): { version: '1.0'; trustPolicies: unknown[] } {
  return { version: '1.0', trustPolicies };
}

export function parse(statements: unknown[], options?: TrustPolicyOptions): TrustPolicy {
  return parseTrustPolicy(document(...statements), options);
}

/** The message of the rejection of a document of one or more statements. */
export function refusal(statements: unknown[], options?: TrustPolicyOptions): string {
  return failure(() => parse(statements, options));
}

/** The message of the NotationError that an action fails with. */
export function failure(action: () => unknown, code = 'ERR_POLICY_INVALID'): string {
  try {
    action();
  } catch (error) {
    if (!isNotationError(error)) throw error;
    expect(error.code).toBe(code);
    return error.message;
  }
  throw new Error('it did not fail');
}

/** A statement for blobs that is valid, with some members set otherwise; `undefined` removes one. */
export function blobStatement(changes: Json = {}): Json {
  return statement({ registryScopes: undefined, name: 'releases', ...changes });
}

export function parseBlob(statements: unknown[], options?: TrustPolicyOptions): BlobTrustPolicy {
  return parseBlobTrustPolicy(document(...statements), options);
}
