import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { DescribeBlob, VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';

/**
 * Checks that the payload is about the artifact.
 * @throws NotationError `ERR_ARTIFACT_MISMATCH`
 * @see docs/specification.md, rule VER-7
 */
export async function verifyArtifact(
  signature: Signature,
  { target, budget }: VerificationContext,
): Promise<Finding> {
  if ('describe' in target) {
    // The caller's stream sets its pace, and how much of it is read is known from the signature.
    return budget.untimed(() => verifyBlob(signature, target.describe));
  }
  requireSame(signature.payload, target.descriptor);
  return {};
}

/** Hashes a blob with the hash of its signature, and reads no further than the signed size (rules BLOB-1, BLOB-8). */
async function verifyBlob({ envelope, payload }: Signature, describe: DescribeBlob): Promise<Finding> {
  let artifact: Descriptor;
  try {
    artifact = await describe(envelope.algorithm.digest, payload);
  } catch (cause) {
    if (isNotationError(cause, 'ERR_ARTIFACT_MISMATCH')) throw cause;
    const failure = new NotationError('ERR_ARTIFACT_MISMATCH', 'the blob could not be read', { cause });
    return { unreadable: { cause }, failure };
  }
  return { artifact, failure: mismatch(payload, artifact) };
}

function requireSame(signed: Descriptor, artifact: Descriptor): void {
  const failure = mismatch(signed, artifact);
  if (failure) throw failure;
}

function mismatch(signed: Descriptor, artifact: Descriptor): NotationError | undefined {
  const part = (['digest', 'mediaType', 'size'] as const).find((part) => signed[part] !== artifact[part]);
  if (part === undefined) return undefined;
  return new NotationError(
    'ERR_ARTIFACT_MISMATCH',
    `the signature is about another artifact: its ${part} is ${quote(signed[part])}`,
  );
}
