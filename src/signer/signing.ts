import { algorithmForKey, type KeySpec, type SignatureAlgorithm } from '../crypto/algorithms.ts';
import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { askSigner, createEnvelope, parseEnvelope, verifyIntegrity } from '../envelope/envelope.ts';
import {
  type EnvelopeMediaType,
  envelopeTypeFor,
  type SignatureEnvelope,
  type SignatureFormat,
} from '../envelope/model.ts';
import { createPayload, parsePayload, readUserMetadata } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import type { EnvelopeRequest, EnvelopeSigner, SignedEnvelope, Signer } from '../envelope/signer.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { throwIfAborted } from '../net/abort.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { checkValidThroughout } from '../x509/chain.ts';
import type { TimestamperOptions } from '../x509/timestamp/timestamper.ts';
import type { Timestamper } from '../x509/timestamp/types.ts';

/** The version of this package, which signatures name as their signing agent. A test holds it to package.json. */
const VERSION = '0.1.0';

/** What every signature is made of, be it of an artifact or of a blob. */
export interface SigningOptions {
  /**
   * The key and its certificate chain: from `createSigner`, from one of `notarykit/kms`, from `createPluginSigner` of
   * `notarykit/plugin`, or your own.
   */
  signer: Signer | EnvelopeSigner;
  /** `jws` by default, as the `notation` CLI. */
  format?: SignatureFormat | undefined;
  /** Signed with the artifact, as annotations; keys must not start with `io.cncf.notary`. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Whole seconds after which the signature expires; it never does by default. */
  expiresIn?: number | undefined;
  /** What made the signature, for people; not signed. `notarykit/<version>` by default. */
  signingAgent?: string | undefined;
  /**
   * Has the signature timestamped, so that it can be verified after its certificate has expired: the URL of an RFC 3161
   * timestamping authority with its root certificates, or what `createTimestamper` of `notarykit/x509/timestamp`
   * returns. Signing fails if anything is wrong with the timestamp. Unless `revocation` says otherwise, the revocation
   * status of an authority that is given by its URL is checked over the network.
   */
  timestamp?: TimestamperOptions | Timestamper | undefined;
  /** Gives the signing time; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** What is the same in all signatures of one call. */
export interface Signing {
  signer: Signer | EnvelopeSigner;
  mediaType: EnvelopeMediaType;
  signingTime: Date;
  expiry?: Date;
  signingAgent: string;
  userMetadata: Record<string, string>;
  timestamp?: Timestamper | undefined;
  signal?: AbortSignal | undefined;
}

/** A signature envelope that was made, and what goes with it. */
export interface MadeEnvelope {
  bytes: Uint8Array;
  /** DER, leaf first. */
  certificates: readonly Uint8Array[];
  /** Of a plugin, for the signature manifest. */
  annotations?: Readonly<Record<string, string>> | undefined;
  /** The time of the timestamp: RFC 3339, UTC. */
  timestamp?: string;
}

/** Reads what the caller gave. @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID` */
export function readSigning(options: SigningOptions): Signing {
  const signer = readSigner(options?.signer);
  const { format = 'jws', signingAgent = `notarykit/${VERSION}`, signal } = options;
  if (typeof signingAgent !== 'string') throw argumentInvalid('signingAgent must be a string');
  const mediaType = envelopeTypeFor(format);
  const times = signingTimes(options);
  const userMetadata = readUserMetadata(options.userMetadata);
  const timestamp = readTimestamper(options.timestamp);
  return { signer, mediaType, ...times, signingAgent, userMetadata, timestamp, signal };
}

/** The times of a signature, as results give them: RFC 3339, UTC. */
export function timesOf({ signingTime, expiry }: Signing): { signingTime: string; expiry?: string } {
  return { signingTime: formatRfc3339(signingTime), ...(expiry && { expiry: formatRfc3339(expiry) }) };
}

/** The kind of key that is going to sign, as far as that is known before. */
export function keySpecOf(signer: Signer | EnvelopeSigner): KeySpec | undefined {
  if ('createEnvelope' in signer) return signer.keySpec;
  const [leaf] = signer.certificates;
  return leaf && algorithmForKey(parseCertificate(leaf).publicKey.keySpec ?? 'none').keySpec;
}

/**
 * Signs the descriptor of an artifact into an envelope (specification "Signing and verification workflow", "Signing").
 * @throws NotationError Those of `createEnvelope` and of the timestamper; `ERR_SIGNER_FAILED` also for an envelope of
 * a plugin that is about something else
 */
export async function signDescriptor(artifact: Descriptor, signing: Signing): Promise<MadeEnvelope> {
  const { signer, mediaType, signingTime, expiry, signingAgent, userMetadata, signal } = signing;
  const stamp = stamping(signing);
  const request: EnvelopeRequest = {
    mediaType,
    payload: createPayload(artifact, userMetadata),
    signingScheme: 'notary.x509',
    signingTime,
    expiry,
    signingAgent,
    ...(stamp && { timestamp: stamp.token }),
  };
  throwIfAborted(signal);
  const made =
    'createEnvelope' in signer
      ? await delegate(signer, request, signal)
      : { bytes: await createEnvelope(request, signer), certificates: signer.certificates };
  return { ...made, ...(stamp?.time && { timestamp: formatRfc3339(stamp.time) }) };
}

/** The envelope that another program made is read again: whatever it is, it must be what was asked for. */
async function delegate(
  signer: EnvelopeSigner,
  request: EnvelopeRequest,
  signal: AbortSignal | undefined,
): Promise<MadeEnvelope> {
  const { bytes, annotations } = await askSigner(() => signer.createEnvelope(request, { signal }));
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
      `the envelope that the signer made cannot be used: ${cause.message}`,
      { cause },
    );
  }
}

/** Annotations may be added, nothing else (plugin specification, "generate-envelope"). */
function checkSame(made: Descriptor, asked: Descriptor): void {
  const kept = (['mediaType', 'digest', 'size'] as const).every((part) => made[part] === asked[part]);
  const annotations = Object.entries(asked.annotations ?? {});
  if (kept && annotations.every(([key, value]) => made.annotations?.[key] === value)) return;
  throw new NotationError('ERR_ARTIFACT_MISMATCH', 'it is not about what was to be signed');
}

/** The digest of a blob was chosen by the key that was announced. */
function checkKey({ algorithm }: SignatureEnvelope, announced: KeySpec | undefined): void {
  if (announced === undefined || announced === algorithm.keySpec) return;
  throw new NotationError(
    'ERR_KEY_MISMATCH',
    `it is signed with a key of the kind ${algorithm.keySpec}, not ${announced} as the signer says`,
  );
}

/** Asks for the token of an envelope, and remembers its time. */
interface Stamping {
  token(
    signature: Uint8Array,
    algorithm: SignatureAlgorithm,
    certificates: readonly Certificate[],
  ): Promise<Uint8Array>;
  time?: Date;
}

function stamping({ timestamp, signal }: Signing): Stamping | undefined {
  if (timestamp === undefined) return undefined;
  const stamp: Stamping = {
    async token(signature, { hash }, certificates) {
      const issued = await timestamp.timestamp(signature, hash, { signal });
      if (!(issued?.token instanceof Uint8Array)) throw argumentInvalid('timestamp() must give a token');
      // A clock that is off here or there: such a signature would never be trusted.
      checkValidThroughout(certificates, issued);
      stamp.time = issued.time;
      return issued.token;
    },
  };
  return stamp;
}

function readTimestamper(given: SigningOptions['timestamp']): Timestamper | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null) throw timestampInvalid();
  if ('timestamp' in given && typeof given.timestamp === 'function') return given;
  if ('url' in given) return loadedLater(given);
  throw timestampInvalid();
}

function timestampInvalid(): NotationError {
  return argumentInvalid(
    'timestamp must have url and rootCertificates, or be what createTimestamper returns, or have a method timestamp()',
  );
}

/** Most signing needs no code for timestamps and revocation: it is loaded once there is a signature. */
function loadedLater(options: TimestamperOptions): Timestamper {
  return {
    async timestamp(signature, hash, how) {
      const { createDefaultTimestamper } = await import('./default-timestamper.ts');
      return createDefaultTimestamper(options).timestamp(signature, hash, how);
    },
  };
}

/** The signer with one chain for the envelope and its manifest, whatever becomes of it meanwhile. */
function readSigner(signer: Signer | EnvelopeSigner): Signer | EnvelopeSigner {
  if (isEnvelopeSigner(signer)) return signer;
  const certificates: readonly unknown[] = Array.isArray(signer?.certificates)
    ? [...signer.certificates]
    : [];
  const inDer = certificates.filter((certificate) => certificate instanceof Uint8Array);
  if (inDer.length === 0 || inDer.length < certificates.length || typeof signer.sign !== 'function') {
    throw argumentInvalid(
      'signer must be what createSigner returns, or have certificates in DER and a method sign()',
    );
  }
  return { certificates: inDer, sign: (bytes) => signer.sign(bytes) };
}

function isEnvelopeSigner(signer: Signer | EnvelopeSigner): signer is EnvelopeSigner {
  return typeof (signer as Partial<EnvelopeSigner> | undefined)?.createEnvelope === 'function';
}

/** In whole seconds: fractions should not be used (envelope specifications). */
function signingTimes({ clock, expiresIn }: SigningOptions): { signingTime: Date; expiry?: Date } {
  const signingTime = new Date(Math.floor(readClock(clock).getTime() / 1000) * 1000);
  if (expiresIn === undefined) return { signingTime };
  const whole = Number.isSafeInteger(expiresIn) && expiresIn > 0;
  const expiry = new Date(whole ? signingTime.getTime() + expiresIn * 1000 : Number.NaN);
  if (expiry.getUTCFullYear() <= 9999) return { signingTime, expiry };
  throw argumentInvalid('expiresIn must be a positive number of whole seconds');
}
