import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { shortSubject } from '../../x509/name.ts';
import { findTrusted } from '../../x509/trust-store.ts';
import type { VerificationContext } from '../context.ts';
import { readStores } from '../named-stores.ts';
import type { Finding, Signature } from '../step.ts';

/**
 * Checks that the chain contains a certificate of a named store of the type that the signing scheme requires.
 *
 * @throws NotationError `ERR_ROOT_UNTRUSTED`, `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 * (rules TS-6 to TS-8)
 */
export async function verifyAuthenticity(
  { envelope: { certificates, signedAttributes } }: Signature,
  { statement, trustStore }: VerificationContext,
): Promise<Finding> {
  const type = signedAttributes.signingScheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const stores = statement.trustStores.filter((store) => store.type === type);
  const anchors = await readStores(trustStore, stores);
  if (findTrusted(certificates, anchors)) return { trusted: true };
  const [root, leaf] = [certificates.at(-1), certificates[0]];
  const names =
    stores.map(({ name }) => `${type}:${name}`).join(', ') || `of the type ${type}, and it names none`;
  throw new NotationError(
    'ERR_ROOT_UNTRUSTED',
    `the certificate chain of ${quote(leaf ? shortSubject(leaf) : '')} ends in ${quote(root ? shortSubject(root) : '')}, ` +
      `and no certificate of it is in the trust stores of the statement ${quote(statement.name)}: ${names}`,
  );
}
