// Revocation checks and timestamps on their own.
import { createHttpTransport } from 'notarykit/node';
import { parseCertificate } from 'notarykit/x509';
import { createRevocationChecker } from 'notarykit/x509/revocation';
import { verifyTimestamp } from 'notarykit/x509/timestamp';
import { decode, decodeAll } from './decode.mjs';

/** Checks whether leaves are revoked, each with a checker that has nothing in its cache. */
export function prepareRevocation({ chains }) {
  const transport = createHttpTransport();
  const all = chains.map((chain) => decodeAll(chain).map((der) => parseCertificate(der)));
  return async ({ from, count }) => {
    for (let i = 0; i < count; i++) {
      const [leaf] = await createRevocationChecker({ transport }).check(all[(from + i) % all.length]);
      if (leaf.status !== 'good')
        throw new Error(`the leaf is ${leaf.status}: ${JSON.stringify(leaf.lookups)}`);
    }
  };
}

/** Verifies RFC 3161 tokens. */
export function prepareTimestamp({ roots, tokens }) {
  const trusted = decodeAll(roots).map((der) => parseCertificate(der));
  const all = tokens.map(({ token, signature }) => ({ token: decode(token), signature: decode(signature) }));
  return async ({ from, count }) => {
    for (let i = 0; i < count; i++) {
      const { token, signature } = all[(from + i) % all.length];
      await verifyTimestamp(token, { signature, roots: trusted });
    }
  };
}
