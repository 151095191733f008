/** The commands of the plugin protocol (plugin specification, "Plugin contract"). */
export type PluginCommand =
  | 'get-plugin-metadata'
  | 'describe-key'
  | 'generate-signature'
  | 'generate-envelope'
  | 'verify-signature';

/** The options of a command of a plugin. */
export interface PluginRunOptions {
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/**
 * A notation plugin, wherever it runs: a program (`createPluginManager` of `notarykit/node`), or functions of your own
 * (`createVerificationPlugin`).
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#plugin-contract
 */
export interface Plugin {
  /** The name that it is installed under, and that signatures name it by. */
  readonly name: string;
  /**
   * Runs one command.
   * @param command - The command of the plugin protocol.
   * @param request - The request, in the members of the protocol.
   * @returns The response as parsed JSON, unchecked.
   * @throws NotationError `ERR_PLUGIN_FAILED` with the message of the plugin, `ERR_PLUGIN_RESPONSE`, `ERR_TIMEOUT`,
   * `ERR_ABORTED`
   */
  run(command: PluginCommand, request: object, options?: PluginRunOptions): Promise<unknown>;
}

/** Looks up plugins by name: a plugin manager, or a `Map`. */
export interface PluginSource {
  get(name: string): Plugin | undefined | Promise<Plugin | undefined>;
}

/** A check that a plugin can make in place of the native one (plugin specification, "Verification extensibility"). */
export type VerificationCapability =
  | 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY'
  | 'SIGNATURE_VERIFIER.REVOCATION_CHECK';
