import { join } from 'node:path';
import { encodeUtf8, isBytes } from '../../encoding/bytes.ts';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import { parseTrustPolicy, type TrustPolicyInput } from '../../policy/parse.ts';
import { parseBlobTrustPolicy } from '../../policy/parse-blob.ts';
import { toBlobTrustPolicyDocument, toTrustPolicyDocument } from '../../policy/to-document.ts';
import type { BlobTrustPolicy, TrustPolicy } from '../../policy/types.ts';
import { statusOf } from '../files/read-file.ts';
import { changeConfig } from './change-config.ts';
import { configDirectoryOf } from './directories.ts';
import {
  BLOB_POLICY_FILE,
  NEWER_POLICY_FILE,
  OLDER_POLICY_FILE,
  type TrustPolicyFileOptions,
} from './load-trust-policy.ts';

/** Options of {@link writeTrustPolicy} and {@link writeBlobTrustPolicy}. */
export interface WriteTrustPolicyOptions extends TrustPolicyFileOptions {
  /** Whether an existing policy is replaced, with all its statements; `false` by default. */
  overwrite?: boolean | undefined;
}

/**
 * Writes the trust policy for OCI artifacts into notation's configuration, as `notation policy import` does. It decides
 * what every program on this machine that uses this configuration trusts: an existing policy is replaced only with
 * `overwrite: true`. To keep its statements, merge what `loadTrustPolicy` returns with `mergeTrustPolicies`.
 * The policy is checked first. It is written to `trustpolicy.json`, which every version of notation reads, and to
 * `trustpolicy.oci.json` if that file exists: newer versions read it instead, and all must decide alike.
 *
 * @param policy - A policy of `parseTrustPolicy`, or a document: plain data, or JSON, which is written unchanged.
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default, which is the only one that notation accepts; whether an existing policy is replaced.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, also if there is a policy and `overwrite` is not set; the codes of
 * `parseTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`, `ERR_LIMIT_EXCEEDED`; `ERR_CONFIG_INVALID` if a file cannot be written, `ERR_TIMEOUT`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadTrustPolicy, writeTrustPolicy } from 'notarykit/node';
 *
 * const configDirectory = await mkdtemp(join(tmpdir(), 'notation-'));
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
 *   { configDirectory },
 * );
 * console.log((await loadTrustPolicy({ configDirectory })).statements[0]?.name); // production
 * await rm(configDirectory, { recursive: true });
 * ```
 */
export async function writeTrustPolicy(
  policy: TrustPolicyInput | TrustPolicy,
  options: WriteTrustPolicyOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toTrustPolicyDocument);
  parseTrustPolicy(bytes, options);
  const directory = configDirectoryOf(options);
  await changeConfig(directory, async (write) => {
    const [newer] = await findReplaceable(directory, [NEWER_POLICY_FILE, OLDER_POLICY_FILE], options);
    const names = newer === NEWER_POLICY_FILE ? [OLDER_POLICY_FILE, newer] : [OLDER_POLICY_FILE];
    return write({ files: new Map(names.map((name) => [name, bytes])) });
  });
}

/**
 * Writes the trust policy for blobs into notation's configuration, `trustpolicy.blob.json`, as `notation blob policy
 * import` does. An existing policy is replaced only with `overwrite: true`. To keep its statements, merge what
 * `loadBlobTrustPolicy` returns with `mergeBlobTrustPolicies`. The policy is checked first.
 *
 * @param policy - A policy of `parseBlobTrustPolicy`, or a document: plain data, or JSON, which is written unchanged.
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default, which is the only one that notation accepts; whether an existing policy is replaced.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, also if there is a policy and `overwrite` is not set; the codes of
 * `parseBlobTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`, `ERR_LIMIT_EXCEEDED`; `ERR_CONFIG_INVALID` if the file cannot be written, `ERR_TIMEOUT`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadBlobTrustPolicy, writeBlobTrustPolicy } from 'notarykit/node';
 *
 * const configDirectory = await mkdtemp(join(tmpdir(), 'notation-'));
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
 *   { configDirectory },
 * );
 * console.log((await loadBlobTrustPolicy({ configDirectory })).statements[0]?.name); // releases
 * await rm(configDirectory, { recursive: true });
 * ```
 */
export async function writeBlobTrustPolicy(
  policy: TrustPolicyInput | BlobTrustPolicy,
  options: WriteTrustPolicyOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toBlobTrustPolicyDocument);
  parseBlobTrustPolicy(bytes, options);
  const directory = configDirectoryOf(options);
  await changeConfig(directory, async (write) => {
    await findReplaceable(directory, [BLOB_POLICY_FILE], options);
    return write({ files: new Map([[BLOB_POLICY_FILE, bytes]]) });
  });
}

/**
 * Returns which of the files exist.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if one exists that must not be replaced
 */
async function findReplaceable(
  directory: string,
  names: readonly string[],
  { overwrite = false }: WriteTrustPolicyOptions,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const status = await statusOf(path, 'ERR_CONFIG_INVALID');
    if (!status) continue;
    // A link or a directory cannot be written at all, which is another error.
    if (!overwrite && status.isFile()) throw policyExists(path);
    found.push(name);
  }
  return found;
}

function policyExists(path: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', `there is already a trust policy: ${path}`, {
    nextStep:
      'Merge the two with mergeTrustPolicies (of blobs: mergeBlobTrustPolicies) and pass `overwrite: true` to replace it.',
  });
}

/** Encodes once, so that the bytes validated are the bytes written. */
function encodePolicy<Policy extends TrustPolicy | BlobTrustPolicy>(
  policy: TrustPolicyInput | Policy,
  toDocument: (policy: Policy) => object,
): Uint8Array {
  if (typeof policy === 'string') return encodeUtf8(policy);
  if (isBytes(policy)) return new Uint8Array(policy);
  try {
    const document = isParsed<Policy>(policy) ? toDocument(policy) : policy;
    return encodeUtf8(`${JSON.stringify(document, null, 4)}\n`);
  } catch (cause) {
    throw argumentInvalid('the trust policy cannot be written as JSON', cause);
  }
}

function isParsed<Policy extends object>(policy: object | Policy): policy is Policy {
  return typeof policy === 'object' && policy !== null && 'statements' in policy;
}
