import { join } from 'node:path';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { toBlobTrustPolicyDocument, toTrustPolicyDocument } from '../../policy/document.ts';
import { parseTrustPolicy, type TrustPolicyInput, type TrustPolicyOptions } from '../../policy/parse.ts';
import { parseBlobTrustPolicy } from '../../policy/parse-blob.ts';
import type { BlobTrustPolicy, TrustPolicy } from '../../policy/types.ts';
import { changeConfig, statusOf } from './change-config.ts';
import { type DirectoryOptions, directoryOf } from './directory-options.ts';
import { BLOB_POLICY_FILE, NEWER_POLICY_FILE, OLDER_POLICY_FILE } from './load-trust-policy.ts';

/** What {@link writeTrustPolicy} and {@link writeBlobTrustPolicy} take beside the policy. */
export interface WriteTrustPolicyOptions extends DirectoryOptions, TrustPolicyOptions {}

/**
 * Writes the trust policy for OCI artifacts that notation reads, as `notation policy import --force` does. It is checked
 * first. The file is `trustpolicy.json`, which every version of notation reads; where there is a `trustpolicy.oci.json`,
 * which newer versions read instead, that one is written too, so that all of them decide alike.
 *
 * @param policy - A policy of `parseTrustPolicy`, or a document: plain data, or JSON, which is written as it is.
 * @param options - The folder of notation's configuration; the dialect: notation takes policies of the dialect `spec`,
 * the default, only.
 * @throws NotationError The codes of `parseTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; `ERR_CONFIG_INVALID` where a file cannot be written, `ERR_TIMEOUT`
 * @see Trust Store and Trust Policy Specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadTrustPolicy, writeTrustPolicy } from 'notarykit/node';
 *
 * const directory = await mkdtemp(join(tmpdir(), 'notation-'));
 * await writeTrustPolicy(
 *   {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['registry.example.com/app'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
 *       },
 *     ],
 *   },
 *   { directory },
 * );
 * console.log((await loadTrustPolicy(directory)).statements[0]?.name); // production
 * await rm(directory, { recursive: true });
 * ```
 */
export async function writeTrustPolicy(
  policy: TrustPolicyInput | TrustPolicy,
  options: WriteTrustPolicyOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toTrustPolicyDocument);
  parseTrustPolicy(bytes, options);
  const directory = directoryOf(options);
  await changeConfig(directory, async ({ write }) => {
    const files = new Map([[OLDER_POLICY_FILE, bytes]]);
    if (await statusOf(join(directory, NEWER_POLICY_FILE))) files.set(NEWER_POLICY_FILE, bytes);
    await write(files);
  });
}

/**
 * Writes the trust policy for blobs that notation reads, `trustpolicy.blob.json`, as `notation blob policy import
 * --force` does. It is checked first.
 *
 * @param policy - A policy of `parseBlobTrustPolicy`, or a document: plain data, or JSON, which is written as it is.
 * @param options - The folder of notation's configuration; the dialect: notation takes policies of the dialect `spec`,
 * the default, only.
 * @throws NotationError The codes of `parseBlobTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; `ERR_CONFIG_INVALID` where the file cannot be written, `ERR_TIMEOUT`
 * @see Trust Store and Trust Policy Specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadBlobTrustPolicy, writeBlobTrustPolicy } from 'notarykit/node';
 *
 * const directory = await mkdtemp(join(tmpdir(), 'notation-'));
 * await writeBlobTrustPolicy(
 *   {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'releases',
 *         globalPolicy: true,
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
 *       },
 *     ],
 *   },
 *   { directory },
 * );
 * console.log((await loadBlobTrustPolicy(directory)).statements[0]?.name); // releases
 * await rm(directory, { recursive: true });
 * ```
 */
export async function writeBlobTrustPolicy(
  policy: TrustPolicyInput | BlobTrustPolicy,
  options: WriteTrustPolicyOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toBlobTrustPolicyDocument);
  parseBlobTrustPolicy(bytes, options);
  await changeConfig(directoryOf(options), ({ write }) => write(new Map([[BLOB_POLICY_FILE, bytes]])));
}

/** What is parsed is what is written: of plain data, too, its JSON. */
function encodePolicy<Policy extends TrustPolicy | BlobTrustPolicy>(
  policy: TrustPolicyInput | Policy,
  toDocument: (policy: Policy) => object,
): Uint8Array {
  if (typeof policy === 'string') return encodeUtf8(policy);
  if (policy instanceof Uint8Array) return new Uint8Array(policy);
  try {
    const document = isParsed<Policy>(policy) ? toDocument(policy) : policy;
    return encodeUtf8(`${JSON.stringify(document, null, 4)}\n`);
  } catch (cause) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the trust policy cannot be written as JSON', { cause });
  }
}

function isParsed<Policy extends object>(policy: object | Policy): policy is Policy {
  return typeof policy === 'object' && policy !== null && 'statements' in policy;
}
