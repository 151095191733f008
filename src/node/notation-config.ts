import type { SignatureFormat } from '../envelope/model.ts';
import type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
import { isNotationError, type NotationError } from '../errors/index.ts';
import type { HttpTransport } from '../net/send.ts';
import { createRegistry, type RegistryOptions } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import type { BlobTrustPolicy, Dialect, PolicyOf, StatementBase, TrustPolicy } from '../policy/types.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import {
  type ConfigDirectoryOptions,
  configDirectoryOf,
  notationPluginDirectory,
} from './config/directories.ts';
import { loadBlobTrustPolicy, loadTrustPolicy } from './config/load-trust-policy.ts';
import { readNotationSettings } from './config/settings.ts';
import { findKey, readKeyList } from './config/signing-key-list.ts';
import { notationCredentials } from './credentials/docker-credentials.ts';
import { createDefaultTransport } from './http-transport.ts';
import { createKeySigner, type OpenKeyOptions } from './key-signer.ts';
import { createPluginManager } from './plugins/plugin-manager.ts';
import { createFileTrustStore } from './trust-store/file-trust-store.ts';

/** Options of {@link fromNotationConfig}. */
export interface NotationConfigOptions extends ConfigDirectoryOptions {
  /** The dialect of the trust policies; `spec`, that of notation, by default. */
  dialect?: Dialect | undefined;
  /**
   * Options of the registry that differ from what notation does: other credentials, such as those of
   * `environmentCredentials`, a proxy (`fetch`), a timeout.
   */
  registry?: RegistryOptions | undefined;
  /**
   * The plugins that signatures and keys name, which are run; by default those in {@link notationPluginDirectory}, as
   * in notation.
   */
  plugins?: PluginSource | undefined;
}

/** The configuration of `notation`, as options of `verify`, `sign` and others; see {@link fromNotationConfig}. */
export interface NotationConfig {
  /** The directory that it was read from. */
  readonly configDirectory: string;
  /** From `trustpolicy.oci.json` or `trustpolicy.json`. If it cannot be used, using it throws the reason. */
  readonly trustPolicy: TrustPolicy;
  /** From `trustpolicy.blob.json`. If it cannot be used, using it throws the reason. */
  readonly blobTrustPolicy: BlobTrustPolicy;
  /** The named stores in `truststore`, read at each verification. */
  readonly trustStore: TrustStore;
  /** Registries, with the credentials that notation would use, over plain HTTP if notation uses it. */
  readonly registry: Registry;
  /** The credentials for `registry`: those of notation unless others were given. */
  readonly credentials: RegistryOptions['credentials'];
  /** Sends the requests to registries, and those to learn the revocation status of certificates, unless `fetch` is given. */
  readonly transport: HttpTransport;
  /** The registries to reach over plain HTTP, in addition to those on this machine. */
  readonly insecureRegistries: readonly string[];
  /** The format of new signatures. */
  readonly format: SignatureFormat;
  /** The plugins that signatures and keys name. */
  readonly plugins: PluginSource;
  /**
   * Opens a signing key of `signingkeys.json`, which is read at each call.
   * @param name - The name of the key; the default key if it is omitted.
   * @param options - The passphrase of an encrypted key.
   * @throws NotationError `ERR_KEY_NOT_FOUND` if the key is not on the list, or there is no default key;
   * `ERR_CONFIG_INVALID` if a file is malformed or cannot be read, `ERR_LIMIT_EXCEEDED`, `ERR_PLUGIN_NOT_FOUND`, and
   * the codes of `createSigner` or of `createPluginSigner`
   */
  signer(name?: string, options?: OpenKeyOptions): Promise<Signer | EnvelopeSigner>;
}

/**
 * Reads the configuration of the `notation` CLI on this machine and returns it as options of `verify` and `sign`: trust
 * policies and trust stores, signing keys, credentials and insecure registries, plugins.
 *
 * Each part is required only when it is used: you can sign without a trust policy, and verify without signing keys.
 * Trust policies and `config.json` are read once, by this call; everything else is read when it is used.
 *
 * @param options - The directory of notation's configuration, and options that differ from it.
 * @returns The configuration. If the trust policy does not exist or is malformed, verifying fails with
 * `ERR_POLICY_NOT_FOUND` or with the reason.
 * @throws NotationError `ERR_CONFIG_INVALID` if `config.json` is malformed, a symbolic link or cannot be read;
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md and
 * https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { verify } from 'notarykit';
 * import { fromNotationConfig } from 'notarykit/node';
 *
 * const config = await fromNotationConfig({ configDirectory: './no-such-directory' });
 * console.log(config.format); // jws
 *
 * // await sign(reference, { ...config, signer: await config.signer() });
 * // await verifyBlob(data, signature, { ...config, trustPolicy: config.blobTrustPolicy });
 * try {
 *   await verify('registry.example.com/app:v1', config);
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_POLICY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function fromNotationConfig(options: NotationConfigOptions = {}): Promise<NotationConfig> {
  const { dialect } = options;
  const configDirectory = configDirectoryOf(options);
  const { plugins = createPluginManager({ directory: notationPluginDirectory(options) }) } = options;
  const { insecureRegistries, signatureFormat = 'jws' } = await readNotationSettings({ configDirectory });
  const credentials = options.registry?.credentials ?? notationCredentials({ configDirectory });
  const plainHttp = options.registry?.plainHttp ?? insecureRegistries;
  const { transport = createDefaultTransport() } = options.registry ?? {};
  return {
    configDirectory,
    trustPolicy: await policyOrReason(loadTrustPolicy({ configDirectory, dialect }), dialect),
    blobTrustPolicy: await policyOrReason(loadBlobTrustPolicy({ configDirectory, dialect }), dialect),
    trustStore: createFileTrustStore({ configDirectory }),
    registry: createRegistry({ ...options.registry, transport, credentials, plainHttp }),
    credentials,
    transport,
    insecureRegistries,
    format: signatureFormat,
    plugins,
    async signer(name, opening) {
      return createKeySigner(findKey(await readKeyList(configDirectory), name), plugins, opening);
    },
  };
}

/** Keeps the reason why a trust policy cannot be loaded for those who use it: signing needs no trust policy. */
async function policyOrReason<Statement extends StatementBase>(
  loading: Promise<PolicyOf<Statement>>,
  dialect: Dialect = 'spec',
): Promise<PolicyOf<Statement>> {
  try {
    return await loading;
  } catch (error) {
    if (!isNotationError(error) || isNotationError(error, 'ERR_ARGUMENT_INVALID')) throw error;
    return unusable(error, dialect);
  }
}

function unusable<Statement extends StatementBase>(
  error: NotationError,
  dialect: Dialect,
): PolicyOf<Statement> {
  return {
    version: '1.0',
    dialect,
    get statements(): never {
      throw error;
    },
  };
}
