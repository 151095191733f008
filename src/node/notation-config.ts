import type { SignatureFormat } from '../envelope/model.ts';
import type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
import { isNotationError, type NotationError } from '../errors/index.ts';
import { createRegistry, type RegistryOptions } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import type { BlobTrustPolicy, Dialect, PolicyOf, StatementBase, TrustPolicy } from '../policy/types.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { type DirectoryOptions, directoryOf, pluginsOf } from './directory-options.ts';
import { notationCredentials } from './docker-credentials.ts';
import { createFileTrustStore } from './file-trust-store.ts';
import { createKeySigner, type OpenKeyOptions } from './key-signer.ts';
import { loadBlobTrustPolicy, loadTrustPolicy } from './load-trust-policy.ts';
import { readNotationSettings } from './notation-settings.ts';
import { findKey, readKeyList } from './signing-key-list.ts';

/** What {@link fromNotationConfig} takes; all of it may be left out. */
export interface NotationConfigOptions extends DirectoryOptions {
  /** The dialect of the trust policies; `spec`, as notation has it, by default. */
  dialect?: Dialect | undefined;
  /**
   * How registries are talked to where it is to differ from what notation does: other credentials, such as
   * `environmentCredentials`, a proxy (`fetch`), a time-out.
   */
  registry?: RegistryOptions | undefined;
  /**
   * Where plugins are that signatures and keys name, which are run; as with notation, by default in `plugins` of
   * `$NOTATION_LIBEXEC`, else of the folder of the configuration.
   */
  plugins?: PluginSource | undefined;
}

/** What `notation` was set up with, as options of `verify`, `sign` and the like: see {@link fromNotationConfig}. */
export interface NotationConfig {
  /** The folder that it was read from. */
  readonly directory: string;
  /** Of `trustpolicy.oci.json` or `trustpolicy.json`. Where it cannot be used, that is told when it is used. */
  readonly trustPolicy: TrustPolicy;
  /** Of `trustpolicy.blob.json`. Where it cannot be used, that is told when it is used. */
  readonly blobTrustPolicy: BlobTrustPolicy;
  /** The named stores of `truststore`, read at each verification. */
  readonly trustStore: TrustStore;
  /** Registries with the credentials that notation would use, and plain HTTP where it would use it. */
  readonly registry: Registry;
  /** The credentials of `registry`: those of notation unless others were given. */
  readonly credentials: RegistryOptions['credentials'];
  /** The registries that are talked to over plain HTTP, beside those of this machine. */
  readonly insecureRegistries: readonly string[];
  /** The format to sign in. */
  readonly format: SignatureFormat;
  /** The plugins that signatures and keys name. */
  readonly plugins: PluginSource;
  /**
   * Opens a signing key of `signingkeys.json`, which is read when this is called.
   * @param name - The name of the key; the default key where it is left out.
   * @param options - The passphrase of an encrypted key.
   * @throws NotationError `ERR_KEY_NOT_FOUND` for a key that is not on the list, or no default key; `ERR_CONFIG_INVALID`
   * for a file that is malformed or cannot be read, `ERR_LIMIT_EXCEEDED`, `ERR_PLUGIN_NOT_FOUND`, and the codes of
   * `createSigner` or of `createPluginSigner`
   */
  signer(name?: string, options?: OpenKeyOptions): Promise<Signer | EnvelopeSigner>;
}

/**
 * What the `notation` CLI was set up with on this machine, as options of `verify` and `sign`: trust policies and trust
 * stores, signing keys, credentials and insecure registries, plugins.
 *
 * Each part is demanded when it is needed only: to sign without a trust policy is fine, and to verify without signing
 * keys. Trust policies and `config.json` are read once, when this is called; everything else when it is used.
 *
 * @param options - Another folder, and what is to differ from notation.
 * @returns What was found. With no trust policy there, or one that is malformed, to verify fails with
 * `ERR_POLICY_NOT_FOUND` or what is wrong with it.
 * @throws NotationError `ERR_CONFIG_INVALID` for a `config.json` that is malformed, a symbolic link, or cannot be read;
 * `ERR_LIMIT_EXCEEDED`; `ERR_ARGUMENT_INVALID`
 * @see Trust store and trust policy specification; https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { verify } from 'notarykit';
 * import { fromNotationConfig } from 'notarykit/node';
 *
 * const config = await fromNotationConfig({ directory: './no-such-folder' });
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
  const directory = directoryOf(options);
  const plugins = pluginsOf(options);
  const { insecureRegistries, signatureFormat = 'jws' } = await readNotationSettings({ directory });
  const credentials = options.registry?.credentials ?? notationCredentials({ configDirectory: directory });
  const plainHttp = options.registry?.plainHttp ?? insecureRegistries;
  return {
    directory,
    trustPolicy: await usableLater(loadTrustPolicy(directory, { dialect }), dialect),
    blobTrustPolicy: await usableLater(loadBlobTrustPolicy(directory, { dialect }), dialect),
    trustStore: createFileTrustStore(directory),
    registry: createRegistry({ ...options.registry, credentials, plainHttp }),
    credentials,
    insecureRegistries,
    format: signatureFormat,
    plugins,
    async signer(name, opening) {
      return createKeySigner(findKey(await readKeyList(directory), name), plugins, opening);
    },
  };
}

/** Who signs needs no trust policy: what is wrong with it is kept for those who do. */
async function usableLater<Statement extends StatementBase>(
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
