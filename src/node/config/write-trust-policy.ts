import { join } from 'node:path';
import { encodeUtf8, isBytes } from '../../encoding/bytes.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
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

/**
 * Writes the trust policy for OCI artifacts into notation's configuration, as `notation policy import --force` does.
 * The policy is checked first. It is written to `trustpolicy.json`, which every version of notation reads, and to
 * `trustpolicy.oci.json` if that file exists: newer versions read it instead, and all must decide alike.
 *
 * @param policy - A policy of `parseTrustPolicy`, or a document: plain data, or JSON, which is written unchanged.
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default, which is the only one that notation accepts.
 * @throws NotationError The codes of `parseTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; `ERR_CONFIG_INVALID` if a file cannot be written, `ERR_TIMEOUT`
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
  options: TrustPolicyFileOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toTrustPolicyDocument);
  parseTrustPolicy(bytes, options);
  const directory = configDirectoryOf(options);
  await changeConfig(directory, async (write) => {
    const files = new Map([[OLDER_POLICY_FILE, bytes]]);
    if (await statusOf(join(directory, NEWER_POLICY_FILE), 'ERR_CONFIG_INVALID'))
      files.set(NEWER_POLICY_FILE, bytes);
    return write({ files });
  });
}

/**
 * Writes the trust policy for blobs into notation's configuration, `trustpolicy.blob.json`, as `notation blob policy
 * import --force` does. The policy is checked first.
 *
 * @param policy - A policy of `parseBlobTrustPolicy`, or a document: plain data, or JSON, which is written unchanged.
 * @param options - The directory of notation's configuration, its own on this machine by default; the dialect, `spec`
 * by default, which is the only one that notation accepts.
 * @throws NotationError The codes of `parseBlobTrustPolicy`: `ERR_POLICY_INVALID`, `ERR_ENCODING_INVALID`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`; `ERR_CONFIG_INVALID` if the file cannot be written, `ERR_TIMEOUT`
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
  options: TrustPolicyFileOptions = {},
): Promise<void> {
  const bytes = encodePolicy(policy, toBlobTrustPolicyDocument);
  parseBlobTrustPolicy(bytes, options);
  await changeConfig(configDirectoryOf(options), (write) =>
    write({ files: new Map([[BLOB_POLICY_FILE, bytes]]) }),
  );
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
