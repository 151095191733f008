import type { Descriptor } from '../encoding/descriptor.ts';
import { canonicalHost } from '../encoding/registry-host.ts';
import { checkEnvelopeType } from '../envelope/envelope.ts';
import type { Reason } from '../errors/index.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { throwIfAborted } from '../net/abort.ts';
import { readLimits, withBudget } from '../net/budget.ts';
import { sameContent } from '../oci/content.ts';
import { isIndexType } from '../oci/media-types.ts';
import { type Reference, referenceText } from '../oci/reference.ts';
import { limits, type OperationOptions, type Registry, type Repository } from '../oci/repository.ts';
import { findArtifact } from './artifact.ts';
import { blobsOf, copyBlob, pushManifest, type Route, readManifest } from './contents.ts';
import { copyArtifact, isStored } from './copy-artifact.ts';
import { type CopyLimits, copyLimits } from './limits.ts';
import { checkPlatforms, listPlatforms } from './platforms.ts';
import { readReference } from './read-reference.ts';
import { parseSignatureManifest, signatureManifestInvalid } from './signature-manifest.ts';
import { failureOf, findSignatures, type SignatureDescriptor } from './signatures.ts';

const MEBIBYTE = 1024 * 1024;
const MAX_BLOB = 512 * MEBIBYTE;
const MAX_ARTIFACT = 16 * 1024 * MEBIBYTE;
/** The most referrers of the target that are read to find existing signatures: those beyond are pushed again. */
const MAX_LISTED = 1000;

/** Options of {@link copySignatures}. */
export interface CopyOptions {
  /**
   * The name of the artifact at the target, if it differs: registry and repository, such as
   * `mirror.example.com/team/app`. It may have a tag, for {@link CopyOptions.artifact}; a digest must be that of the
   * artifact.
   */
  target?: string | Reference | undefined;
  /**
   * Whether to copy the artifact too, before its signatures: manifest, config and layers, for an index those of each
   * manifest that it lists (3 levels and 100 manifests at most). It gets the tag of `target`, or else of the reference.
   * `false` by default: the target must then have it. Layers that registries do not store (foreign, non-distributable)
   * are skipped.
   */
  artifact?: boolean | undefined;
  /**
   * `'all'`, for an image index: copies the signatures of each manifest that it lists as well. For another artifact it
   * changes nothing.
   */
  platforms?: 'all' | undefined;
  /** The limits of the whole copy. */
  limits?: CopyLimits | undefined;
  /**
   * The most bytes of one layer or config of the artifact; 512 MiB by default. They are copied one at a time. Between
   * registries and image layouts only a part is buffered in memory; repositories of another kind buffer each as a whole.
   */
  maxBlobBytes?: number | undefined;
  /** The most bytes of the whole artifact; 16 GiB by default. */
  maxArtifactBytes?: number | undefined;
  /**
   * Called with the number of bytes of a layer or config that a target on the network has. Exceptions that it throws are
   * ignored.
   */
  onProgress?: ((progress: { blob: Descriptor; sent: number; total: number }) => void) | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
}

/** A signature that the target has. */
export interface CopiedSignature {
  /** The digest of the signed manifest. */
  subject: string;
  /** The signature manifest: its digest is the same in both places. */
  signature: SignatureDescriptor;
}

/** A signature that could not be copied. */
export interface UncopiedSignature extends CopiedSignature {
  /** Why it was not copied: it cannot be read, is not what it claims to be, or the target does not accept it. */
  reason: Reason;
}

/** The result of {@link copySignatures}, as plain data. */
export interface CopyResult {
  /** The artifact that the reference names. */
  artifact: Descriptor;
  /** Whether the artifact itself was copied; `false` if the target had it. */
  artifactCopied: boolean;
  copied: CopiedSignature[];
  /** Signatures that the target had before. */
  existing: CopiedSignature[];
  failed: UncopiedSignature[];
  /** Whether there are more signatures than `limits.signatures`, which were ignored. */
  more: boolean;
}

/**
 * Copies the signatures of an artifact to another registry, image layout or memory, byte for byte: every digest stays,
 * and the copies are trusted if the trust policy has a statement for the repository at the target. The signatures are
 * not verified: only digests and sizes are checked, and that each manifest is a signature manifest of this artifact.
 * Signatures that the target has already are not changed.
 *
 * @param from - The registry of the artifact and its signatures.
 * @param to - The registry that gets the signatures, as referrers; without the referrers API, under the fallback tag.
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag, which is resolved once.
 * @param options - Another name at the target, whether the artifact is copied too, limits.
 * @returns The signatures that were copied, existed already, or failed: look at `failed`, because one signature that
 * cannot be copied does not stop the others.
 * @throws NotationError `ERR_NOT_FOUND` also if the target does not have the artifact, without which its signatures
 * are useless. `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_CONTENT_MISMATCH`, `ERR_BUDGET_EXCEEDED`,
 * `ERR_TIMEOUT`, `ERR_ABORTED` and the other codes of both registries; of the artifact also `ERR_MANIFEST_INVALID`,
 * `ERR_LIMIT_EXCEEDED` and `ERR_DESCRIPTOR_INVALID`
 * @see Signature specification, "OCI Signatures"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { copySignatures, createSigner, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const [from, to] = [createMemoryRegistry(), createMemoryRegistry()];
 * const { digest } = await from
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 * const reference = `registry.example.com/app@${digest}`;
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
 * await sign(reference, { signer, registry: from });
 *
 * const result = await copySignatures(from, to, reference, {
 *   target: 'mirror.example.com/app:v1',
 *   artifact: true,
 * });
 * console.log(result.copied.length, result.failed.length); // 1 0
 * ```
 */
export async function copySignatures(
  from: Registry,
  to: Registry,
  reference: string | Reference,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { artifact: withArtifact = false, platforms } = options;
  const maxBlobBytes = readBytes('maxBlobBytes', options.maxBlobBytes ?? MAX_BLOB);
  const maxArtifactBytes = readBytes('maxArtifactBytes', options.maxArtifactBytes ?? MAX_ARTIFACT);
  const defaults = copyLimits(withArtifact ? maxArtifactBytes : undefined);
  const complete = readLimits<CopyLimits>(defaults, options.limits);
  if (platforms !== undefined) checkPlatforms(platforms);
  const source = readReference(reference);
  const target = readReference(options.target ?? source);
  const what = `the copy of ${quote(referenceText(source))}`;
  return withBudget(complete, options.signal, what, async (budget) => {
    const own = { signal: budget.signal, budget };
    const { repository, artifact } = await findArtifact(source, from, own);
    const route: Route = {
      from: repository,
      to: targetRepository(to, target, artifact),
      ...(isMountable(source, target) && { mountFrom: source.repository }),
    };
    const subjects = [artifact];
    if (platforms && isIndexType(artifact.mediaType)) {
      const manifests = await listPlatforms(repository, artifact, own);
      subjects.push(...manifests.map(({ descriptor }) => descriptor));
    }
    const limit = { tag: target.tag, maxBlobBytes, maxArtifactBytes, onProgress: options.onProgress, ...own };
    const artifactCopied = withArtifact && (await copyArtifact(route, artifact, limit));
    if (!withArtifact) await requireStored(route.to, subjects, own);
    const result: CopyResult = {
      artifact,
      artifactCopied,
      copied: [],
      existing: [],
      failed: [],
      more: false,
    };
    for (const subject of subjects)
      await copyOf(route, subject, result, { most: complete.signatures, ...own });
    return result;
  });
}

/** Copies the signatures of one manifest. */
async function copyOf(
  route: Route,
  subject: Descriptor,
  result: CopyResult,
  { most, ...options }: OperationOptions & { most: number },
): Promise<void> {
  const listed = await digestsAt(route.to, subject, options);
  let count = 0;
  for await (const signature of findSignatures(route.from, subject, options)) {
    throwIfAborted(options.signal);
    if (count++ === most) {
      result.more = true;
      return;
    }
    const entry = { subject: subject.digest, signature };
    try {
      const there = listed.has(signature.digest) && (await isStored(route.to, signature, options));
      if (!there) await copySignature(route, signature, subject, options);
      (there ? result.existing : result.copied).push(entry);
    } catch (error) {
      result.failed.push({ ...entry, reason: failureOf(error, options) });
    }
  }
}

/** Copies one signature: its blobs, and the manifest last, so that no client sees an incomplete signature. */
async function copySignature(
  route: Route,
  signature: SignatureDescriptor,
  artifact: Descriptor,
  options: OperationOptions,
): Promise<void> {
  const bytes = await readManifest(route.from, signature, options);
  const { subject, envelope } = parseSignatureManifest(bytes, signature.mediaType);
  if (!sameContent(subject, artifact)) {
    throw signatureManifestInvalid(
      `it is about ${subject.digest} of ${subject.size} bytes, not about ${artifact.digest}`,
    );
  }
  checkEnvelopeType(envelope.mediaType);
  for (const blob of blobsOf(bytes)) {
    const maxBytes = blob.digest === envelope.digest ? limits.envelope : limits.manifest;
    await copyBlob(route, blob, { ...options, maxBytes });
  }
  await pushManifest(route.to, signature, bytes, options);
}

/** Returns the digests of the signatures that a repository lists. */
async function digestsAt(
  repository: Repository,
  subject: Descriptor,
  options: OperationOptions,
): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const { digest } of findSignatures(repository, subject, options)) {
    digests.add(digest);
    if (digests.size === MAX_LISTED) break;
  }
  return digests;
}

/** Reports whether the target may mount blobs of the source. Repositories that are not on the network ignore it. */
function isMountable(source: Reference, target: Reference): boolean {
  const together = canonicalHost(source.registry) === canonicalHost(target.registry);
  return together && source.repository !== target.repository;
}

function targetRepository(to: Registry, target: Reference, artifact: Descriptor): Repository {
  if (typeof to?.repository !== 'function') {
    throw argumentInvalid('to must be the result of createRegistry() of notarykit/oci, or another Registry');
  }
  if (target.digest === undefined || target.digest === artifact.digest) return to.repository(target);
  throw argumentInvalid(`target names ${target.digest}, but the artifact is ${quote(artifact.digest)}`);
}

async function requireStored(
  repository: Repository,
  manifests: readonly Descriptor[],
  options: OperationOptions,
): Promise<void> {
  for (const manifest of manifests) {
    if (await isStored(repository, manifest, options)) continue;
    throw new NotationError(
      'ERR_NOT_FOUND',
      `${repository.name} at the target does not have ${manifest.digest}, without which its signatures are useless: ` +
        'push it there first, or copy it along with the option artifact: true',
    );
  }
}

function readBytes(name: string, given: number): number {
  if (Number.isSafeInteger(given) && given > 0) return given;
  throw argumentInvalid(`${name} must be a positive integer`);
}
