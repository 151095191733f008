import type { Descriptor } from '../encoding/descriptor.ts';
import { NotationError } from '../errors/index.ts';
import { identityOf } from '../storage/artifact.ts';
import type { BlobVerifierOptions } from './blob-verifier.ts';
import type { VerifierOptions, VerifyEnvelopeOptions } from './verifier.ts';

// Callers may write JavaScript: the mistakes that are easily made are named before anything is judged.

/**
 * @param parser - What the trust policy must come from.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a trust policy or trust store that is none
 */
export function checkVerifierOptions(
  { trustPolicy, trustStore, plugins }: Partial<VerifierOptions | BlobVerifierOptions> = {},
  parser: 'parseTrustPolicy' | 'parseBlobTrustPolicy' = 'parseTrustPolicy',
): void {
  const statements: readonly object[] | undefined = trustPolicy?.statements;
  const member = parser === 'parseTrustPolicy' ? 'registryScopes' : 'globalPolicy';
  if (!Array.isArray(statements) || !statements.every((statement) => member in statement)) {
    throw invalid(`trustPolicy must be what ${parser} returns`);
  }
  if (plugins !== undefined && typeof plugins?.get !== 'function') {
    throw invalid('plugins must be what createPluginManager returns, or a Map of plugins by their names');
  }
  if (typeof trustStore?.certificates !== 'function') {
    throw invalid('trustStore must be what createTrustStore returns, or another TrustStore');
  }
}

/**
 * The artifact that an envelope must be about.
 * @throws NotationError `ERR_ARGUMENT_INVALID` also for an envelope or media type that is none
 */
export function readEnvelopeArguments(
  bytes: Uint8Array,
  { mediaType, artifact }: Partial<VerifyEnvelopeOptions> = {},
): Descriptor {
  if (!(bytes instanceof Uint8Array)) throw invalid('the envelope must be a Uint8Array');
  if (typeof mediaType !== 'string') throw invalid('mediaType must be the media type of the envelope');
  if (typeof artifact?.digest === 'string') return identityOf(artifact);
  throw invalid('artifact must be the descriptor of the artifact: mediaType, digest and size');
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
