import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseBlobTrustPolicy,
  parseTrustPolicy,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
} from '../../src/policy/index.ts';
import { blobStatement, parse, parseBlob, skipStatement, statement } from './documents.ts';

describe('the document of a parsed policy', () => {
  it('is read back as the same policy', () => {
    const level = fc.constantFrom('strict', 'permissive', 'audit');
    const verification = fc.record(
      {
        level,
        override: fc.record(
          {
            authenticity: fc.constantFrom('enforce', 'log'),
            authenticTimestamp: fc.constantFrom('enforce', 'log'),
            expiry: fc.constantFrom('enforce', 'log'),
            revocation: fc.constantFrom('enforce', 'log', 'skip'),
          },
          { requiredKeys: [] },
        ),
        verifyTimestamp: fc.constantFrom('always', 'afterCertExpiry'),
      },
      { requiredKeys: ['level'] },
    );
    const identities = fc.constantFrom(['*'], ['x509.subject: C=US, ST=WA, O=Acme', 'aws:arn:1']);
    const stores = fc.uniqueArray(fc.constantFrom('ca:a', 'tsa:b', 'signingAuthority:c'), { minLength: 1 });
    fc.assert(
      fc.property(
        verification,
        identities,
        stores,
        (signatureVerification, trustedIdentities, trustStores) => {
          const changes = { signatureVerification, trustedIdentities, trustStores };
          const policy = parse([
            statement(changes),
            skipStatement({ name: 's', registryScopes: ['r.io/s'] }),
          ]);
          expect(parseTrustPolicy(JSON.stringify(toTrustPolicyDocument(policy)))).toEqual(policy);
          const blobs = parseBlob([blobStatement({ ...changes, globalPolicy: true })]);
          expect(parseBlobTrustPolicy(JSON.stringify(toBlobTrustPolicyDocument(blobs)))).toEqual(blobs);
        },
      ),
    );
  });
});
