import type { Descriptor } from '../encoding/descriptor.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import type { TargetArtifact } from '../envelope/payload.ts';
import type { NotationError } from '../errors/index.ts';
import type { VerificationCapability } from '../plugin/plugin.ts';
import type { ValidationAction } from '../policy/types.ts';
import type { CertificateStatus } from '../x509/revocation/certificate-status.ts';
import type { VerifiedTimestamp } from '../x509/timestamp/types.ts';
import type { VerificationContext } from './context.ts';
import type { CheckName } from './report.ts';

/** A timestamp that was verified, with the revocation status of its TSA's chain. */
export interface TimestampFinding extends VerifiedTimestamp {
  statuses?: readonly CertificateStatus[] | undefined;
}

/** The verification plugin that a signature names. It is run once, lazily. */
export interface SelectedPlugin {
  /** Whether the plugin decides in place of the native check. */
  decides(capability: VerificationCapability): boolean;
  /** @throws NotationError `ERR_PLUGIN_REJECTED`, or why the plugin failed */
  require(capability: VerificationCapability): Promise<void>;
  /**
   * Returns the names of the attributes that the plugin processed.
   * @throws NotationError why the plugin failed
   */
  processedAttributes(): Promise<readonly (string | number)[]>;
  /** Whether the plugin was started. */
  readonly started: boolean;
}

/** The findings of a step. A step that only fails throws instead. */
export interface Finding {
  /** Why the step failed, if it has other findings too. */
  failure?: NotationError | undefined;
  /** The descriptor of the blob. */
  artifact?: Descriptor;
  /** Why the blob could not be read, which is not a verdict on it. */
  unreadable?: { readonly cause: unknown };
  /** Whether the chain leads to a certificate of a named trust store. */
  trusted?: boolean;
  /** The plugin that the signature names, found and able to verify. */
  plugin?: SelectedPlugin;
  /** The trusted identity that the signer matches. */
  trustedIdentity?: string;
  timestamp?: TimestampFinding;
  /** The revocation status of each certificate of the signing chain. */
  statuses?: readonly CertificateStatus[] | undefined;
}

/** A signature whose integrity was verified, with the findings of the steps so far. */
export interface Signature extends Omit<Finding, 'failure'> {
  readonly envelope: SignatureEnvelope;
  /** The descriptor that was signed. Its annotations are the user metadata. */
  readonly payload: TargetArtifact;
}

/** One step of the verification of a signature. */
export interface Step {
  readonly name: CheckName;
  /** The action of the policy on a failure. Without this member a failure is enforced. */
  readonly action?: (context: VerificationContext) => ValidationAction;
  /** Whether the step applies to a signature; by default it always does. */
  readonly applies?: (signature: Signature) => boolean;
  /** Whether the step is meaningless for an untrusted chain. */
  readonly requiresTrust?: true;
  /** Whether the step fetches something over the network, or runs a plugin. */
  readonly external?: (signature: Signature, context: VerificationContext) => boolean;
  /** @throws NotationError why the step failed */
  readonly verify: (signature: Signature, context: VerificationContext) => Finding | Promise<Finding>;
}
