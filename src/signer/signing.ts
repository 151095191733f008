import { algorithmForKey, type KeySpec, type SignatureAlgorithm } from '../crypto/algorithms.ts';
import { readBytes } from '../encoding/bytes.ts';
import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { VERSION } from '../encoding/version.ts';
import { callSigner, createEnvelope, parseEnvelope, verifyIntegrity } from '../envelope/envelope.ts';
import {
  type EnvelopeMediaType,
  envelopeTypeFor,
  type SignatureEnvelope,
  type SignatureFormat,
} from '../envelope/model.ts';
import { createPayload, parsePayload, readUserMetadata } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import type {
  EnvelopeRequest,
  EnvelopeSigner,
  SignedEnvelope,
  Signer,
  SignerCallOptions,
} from '../envelope/signer.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { type Certificate, type CertificateInput, readCertificate, readChain } from '../x509/certificate.ts';
import { checkValidThroughout } from '../x509/chain.ts';
import type { TimestamperOptions } from '../x509/timestamp/timestamper.ts';
import type { Timestamper } from '../x509/timestamp/types.ts';
import type { SigningLimits } from './limits.ts';

/** The options of every signature, of an artifact or of a blob. */
export interface SigningOptions {
  /**
   * The key and its certificate chain: from `createSigner`, from one of `notarykit/kms`, from `createPluginSigner` of
   * `notarykit/plugin`, or your own.
   */
  signer: Signer<CertificateInput> | EnvelopeSigner;
  /** `jws` by default, as the `notation` CLI. */
  format?: SignatureFormat | undefined;
  /** Signed with the artifact, as annotations; keys must not start with `io.cncf.notary`. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Whole seconds after which the signature expires; by default it never does. */
  expiresIn?: number | undefined;
  /** The program that made the signature, for people to read; not signed. `notarykit/<version>` by default. */
  signingAgent?: string | undefined;
  /**
   * Has the signature timestamped, so that it can be verified after its certificate has expired: the URL of an RFC 3161
   * timestamping authority (TSA) with its root certificates, or a timestamper of `createTimestamper` of
   * `notarykit/x509/timestamp`. Signing fails if anything is wrong with the timestamp. The revocation status of a TSA
   * given by its URL is checked over the network, unless `revocation` is given.
   */
  timestamp?: TimestamperOptions | Timestamper | undefined;
  /** Returns the signing time; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /** The limits of signing; with `platforms` of each manifest, and of the index with finding what it lists. */
  limits?: SigningLimits | undefined;
  /** Stops signing with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** The part that all signatures of one call share. */
export interface Signing {
  signer: Signer | EnvelopeSigner;
  mediaType: EnvelopeMediaType;
  signingTime: Date;
  expiry?: Date;
  signingAgent: string;
  userMetadata: Record<string, string>;
  timestamp?: Timestamper | undefined;
}

/** A new signature envelope, with what its manifest needs. */
export interface MadeEnvelope {
  bytes: Uint8Array;
  /** DER, leaf first. */
  certificates: readonly Uint8Array[];
  /** Annotations of a plugin for the signature manifest. */
  annotations?: Readonly<Record<string, string>> | undefined;
  /** The time of the timestamp: RFC 3339, UTC. */
  timestamp?: string;
}

/**
 * Reads the caller's options.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`
 */
export function readSigning(options: SigningOptions): Signing {
  const signer = readSigner(options?.signer);
  const { format = 'jws', signingAgent = `notarykit/${VERSION}` } = options;
  if (typeof signingAgent !== 'string') throw argumentInvalid('signingAgent must be a string');
  const mediaType = envelopeTypeFor(format);
  const times = signingTimes(options);
  const userMetadata = readUserMetadata(options.userMetadata);
  const timestamp = readTimestamper(options.timestamp);
  return { signer, mediaType, ...times, signingAgent, userMetadata, timestamp };
}

/** Formats the times of a signature for a result: RFC 3339, UTC. */
export function timesOf({ signingTime, expiry }: Signing): { signingTime: string; expiry?: string } {
  return { signingTime: formatRfc3339(signingTime), ...(expiry && { expiry: formatRfc3339(expiry) }) };
}

/** Returns the specification of the key that is going to sign, if it is known before. */
export function keySpecOf(signer: Signer | EnvelopeSigner): KeySpec | undefined {
  if ('createEnvelope' in signer) return signer.keySpec;
  const [leaf] = signer.certificates;
  return leaf && algorithmForKey(readCertificate(leaf).publicKey.keySpec ?? 'none').keySpec;
}

/**
 * Signs the descriptor of an artifact into an envelope (specification "Signing and verification workflow", "Signing").
 * @throws NotationError the errors of `createEnvelope` and of the timestamper; `ERR_SIGNER_FAILED` also if a plugin signed
 * something else
 */
export async function signDescriptor(
  artifact: Descriptor,
  signing: Signing,
  options: SignerCallOptions,
): Promise<MadeEnvelope> {
  const { signer, mediaType, signingTime, expiry, signingAgent, userMetadata } = signing;
  const stamp = countersigning(signing, options);
  const request: EnvelopeRequest = {
    mediaType,
    payload: createPayload(artifact, userMetadata),
    signingScheme: 'notary.x509',
    signingTime,
    expiry,
    signingAgent,
    ...(stamp && { timestamp: stamp.token }),
  };
  const made =
    'createEnvelope' in signer
      ? await delegate(signer, request, options)
      : { bytes: await createEnvelope(request, signer, options), certificates: signer.certificates };
  return { ...made, ...(stamp?.time && { timestamp: formatRfc3339(stamp.time) }) };
}

/** Has another program make the envelope, and checks that it is the requested one. */
async function delegate(
  signer: EnvelopeSigner,
  request: EnvelopeRequest,
  options: SignerCallOptions,
): Promise<MadeEnvelope> {
  const { bytes, annotations } = await callSigner(() => signer.createEnvelope(request, options));
  const envelope = await readOwnWork(bytes, request, signer.keySpec);
  return { bytes, certificates: envelope.certificates.map(({ der }) => der), annotations };
}

async function readOwnWork(
  bytes: SignedEnvelope['bytes'],
  { mediaType, payload }: EnvelopeRequest,
  keySpec: KeySpec | undefined,
): Promise<SignatureEnvelope> {
  try {
    const envelope = parseEnvelope(bytes, mediaType);
    await verifyIntegrity(envelope);
    checkSame(parsePayload(envelope.payload), parsePayload(payload));
    checkKey(envelope, keySpec);
    return envelope;
  } catch (cause) {
    if (!(cause instanceof NotationError)) throw cause;
    throw new NotationError(
      'ERR_SIGNER_FAILED',
      `the envelope of the signer cannot be used: ${cause.message}`,
      { cause },
    );
  }
}

/** A plugin may add annotations, and change nothing else (plugin specification, "generate-envelope"; rule PLG-25). */
function checkSame(signed: Descriptor, requested: Descriptor): void {
  const kept = (['mediaType', 'digest', 'size'] as const).every((part) => signed[part] === requested[part]);
  const annotations = Object.entries(requested.annotations ?? {});
  if (kept && annotations.every(([key, value]) => signed.annotations?.[key] === value)) return;
  throw new NotationError('ERR_ARTIFACT_MISMATCH', 'its payload is not the requested one');
}

/** The announced key has decided the digest algorithm of a blob. */
function checkKey({ algorithm }: SignatureEnvelope, announced: KeySpec | undefined): void {
  if (announced === undefined || announced === algorithm.keySpec) return;
  throw new NotationError(
    'ERR_KEY_MISMATCH',
    `it is signed with an ${algorithm.keySpec} key, but the signer announced ${announced}`,
  );
}

/** Requests the timestamp token of an envelope, and keeps its time. */
interface Countersigning {
  token(
    signature: Uint8Array,
    algorithm: SignatureAlgorithm,
    certificates: readonly Certificate[],
  ): Promise<Uint8Array>;
  time?: Date;
}

function countersigning({ timestamp }: Signing, options: SignerCallOptions): Countersigning | undefined {
  if (timestamp === undefined) return undefined;
  const stamp: Countersigning = {
    async token(signature, { hash }, certificates) {
      const issued = await timestamp.timestamp(signature, hash, options);
      const token = readBytes(issued?.token, 'the token that timestamp() returns');
      // Fail early: with clocks out of step the signature could never be verified.
      checkValidThroughout(certificates, issued);
      stamp.time = issued.time;
      return token;
    },
  };
  return stamp;
}

function readTimestamper(given: SigningOptions['timestamp']): Timestamper | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null) throw timestampInvalid();
  if ('timestamp' in given && typeof given.timestamp === 'function') return given;
  if ('url' in given) return lazyTimestamper(given);
  throw timestampInvalid();
}

function timestampInvalid(): NotationError {
  return argumentInvalid(
    'timestamp must have url and rootCertificates, or be what createTimestamper returns, or have a method timestamp()',
  );
}

/** Most signing needs no code for timestamps and revocation: it is loaded lazily. */
function lazyTimestamper(timestamperOptions: TimestamperOptions): Timestamper {
  return {
    async timestamp(signature, hash, options) {
      const { createDefaultTimestamper } = await import('./default-timestamper.ts');
      return createDefaultTimestamper(timestamperOptions).timestamp(signature, hash, options);
    },
  };
}

/** Copies the chain, so that envelope and manifest get the same one even if the signer's changes meanwhile. */
function readSigner(signer: SigningOptions['signer']): Signer | EnvelopeSigner {
  if (isEnvelopeSigner(signer)) return signer;
  if (typeof signer?.sign !== 'function') {
    throw argumentInvalid(
      'signer must be the result of createSigner, or have certificates and a method sign()',
    );
  }
  const certificates = readChain(signer.certificates).map(({ der }) => der);
  return { certificates, sign: (bytes, options) => signer.sign(bytes, options) };
}

function isEnvelopeSigner(signer: SigningOptions['signer']): signer is EnvelopeSigner {
  return typeof (signer as Partial<EnvelopeSigner> | undefined)?.createEnvelope === 'function';
}

/** Returns whole seconds: the envelope specifications advise against fractions. */
function signingTimes({ clock, expiresIn }: SigningOptions): { signingTime: Date; expiry?: Date } {
  const signingTime = new Date(Math.floor(readClock(clock).getTime() / 1000) * 1000);
  if (expiresIn === undefined) return { signingTime };
  const whole = Number.isSafeInteger(expiresIn) && expiresIn > 0;
  const expiry = new Date(whole ? signingTime.getTime() + expiresIn * 1000 : Number.NaN);
  if (expiry.getUTCFullYear() <= 9999) return { signingTime, expiry };
  throw argumentInvalid('expiresIn must be a positive number of whole seconds');
}
