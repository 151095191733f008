import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Flags, Values } from '../cli/flags.ts';
import { readGivenFile } from '../cli/options/files.ts';
import { DIALECT_FLAGS, dialectOf } from '../cli/options/policy.ts';
import { openConfig } from '../cli/options/registry.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { statusOf } from '../node/files/read-file.ts';
import { attempt } from '../node/files/system-errors.ts';
import type { NotationConfig } from '../node/notation-config.ts';
import { createFileTrustStore } from '../node/trust-store/file-trust-store.ts';
import type { RegistryOptions } from '../oci/registry/registry.ts';
import { parseTrustPolicy } from '../policy/parse.ts';
import { parseBlobTrustPolicy } from '../policy/parse-blob.ts';
import type { TrustStore } from '../x509/trust-store.ts';

/** Inputs that say what to trust; what is left out is that of notation's configuration on the machine. */
export const TRUST_FLAGS = {
  'trust-policy': { kind: 'text', value: 'file', summary: 'the trust policy for images' },
  'blob-trust-policy': { kind: 'text', value: 'file', summary: 'the trust policy for other files' },
  'trust-store': {
    kind: 'text',
    value: 'directory',
    summary: 'the trust stores: a directory that contains x509/ca/<store>/<certificate>',
  },
  ...DIALECT_FLAGS,
} as const satisfies Flags;

/**
 * Opens the configuration of notation, with the trust policies and trust stores of the inputs in place of its own.
 * @param directory - Where files may be made.
 * @throws NotationError
 */
export async function openTrust(
  values: Values<typeof TRUST_FLAGS>,
  registry: RegistryOptions,
  directory: string,
): Promise<NotationConfig> {
  const { 'trust-policy': policy, 'blob-trust-policy': blobPolicy, 'trust-store': store } = values;
  const dialect = dialectOf(values.dialect);
  const config = await openConfig({ dialect, registry });
  return {
    ...config,
    ...(policy !== undefined && { trustPolicy: parseTrustPolicy(await readPolicy(policy), { dialect }) }),
    ...(blobPolicy !== undefined && {
      blobTrustPolicy: parseBlobTrustPolicy(await readPolicy(blobPolicy), { dialect }),
    }),
    ...(store !== undefined && { trustStore: await openStore(store, directory) }),
  };
}

function readPolicy(path: string): Promise<Uint8Array> {
  return readGivenFile(path, 'trust policy');
}

/** Opens trust stores in a directory of any name, which notation calls `truststore`. */
async function openStore(path: string, configDirectory: string): Promise<TrustStore> {
  const target = resolve(path);
  const status = await statusOf(join(target, 'x509'), 'ERR_TRUST_STORE_INVALID');
  if (!status?.isDirectory()) throw argumentInvalid(`trust_store must contain a directory x509: ${path}`);
  await attempt('ERR_CONFIG_INVALID', `write ${configDirectory}`, () =>
    symlink(target, join(configDirectory, 'truststore'), 'junction'),
  );
  return createFileTrustStore({ configDirectory });
}
