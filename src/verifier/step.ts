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

/** The verification plugin that a signature names, which is run once: when its first answer is needed. */
export interface SelectedPlugin {
  /** Whether the plugin decides in place of the native check. */
  decides(capability: VerificationCapability): boolean;
  /** @throws NotationError `ERR_PLUGIN_REJECTED`, or why the plugin does not answer */
  require(capability: VerificationCapability): Promise<void>;
  /** The names of the attributes that the plugin processed. @throws NotationError why the plugin does not answer */
  processedAttributes(): Promise<readonly (string | number)[]>;
  /** Whether the plugin was run already. */
  readonly answered: boolean;
}

/** What a step found out. A step that found nothing but a failure throws it instead. */
export interface Finding {
  /** Why the step failed although it found something. */
  failure?: NotationError | undefined;
  /** The descriptor of a blob that was read. */
  artifact?: Descriptor;
  /** Why a blob could not be read, which is no verdict on it. */
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

/** A signature whose integrity was verified, with what the steps before found out. */
export interface Signature extends Omit<Finding, 'failure'> {
  readonly envelope: SignatureEnvelope;
  readonly payload: TargetArtifact;
}

/** One step of the verification of a signature. */
export interface Step {
  readonly name: CheckName;
  /** What the policy does where the step fails; steps that no policy governs are enforced. */
  readonly action?: (context: VerificationContext) => ValidationAction;
  /** Whether there is anything to do for a signature; without it there always is. */
  readonly applies?: (signature: Signature) => boolean;
  /** Whether the step is without meaning for a chain that is not trusted. */
  readonly requiresTrust?: true;
  /** Whether the step requests something over the network, or runs a plugin. */
  readonly asks?: (signature: Signature, context: VerificationContext) => boolean;
  /** @throws NotationError why the step failed */
  readonly verify: (signature: Signature, context: VerificationContext) => Finding | Promise<Finding>;
}
