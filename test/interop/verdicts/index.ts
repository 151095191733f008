import type { VerdictCase } from '../support/verdict.ts';
import { algorithmCases } from './algorithms.ts';
import { attributeCases } from './attributes.ts';
import { certificateCases } from './certificates.ts';
import { encodingCases } from './encodings.ts';
import { identityCases } from './identities.ts';
import { levelCases } from './levels.ts';
import { limitCases } from './limits.ts';
import { metadataCases } from './metadata.ts';
import { payloadCases } from './payloads.ts';
import { policyCases } from './policies.ts';
import { scopeCases } from './scopes.ts';
import { severalCases } from './several.ts';
import { storeCases } from './stores.ts';
import { tamperingCases } from './tampering.ts';

/** Every case, by what it is about. */
export const verdictCases: Readonly<Record<string, readonly VerdictCase[]>> = {
  levels: levelCases,
  scopes: scopeCases,
  identities: identityCases,
  policies: policyCases,
  metadata: metadataCases,
  stores: storeCases,
  tampering: tamperingCases,
  payloads: payloadCases,
  attributes: attributeCases,
  encodings: encodingCases,
  certificates: certificateCases,
  algorithms: algorithmCases,
  limits: limitCases,
  several: severalCases,
};
