/**
 * Keys in AWS KMS.
 *
 * @packageDocumentation
 */

import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import type { Signer, SignerCallOptions } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { partitionById, partitionOfRegion } from '../../net/aws-partitions.ts';
import { readExplanation } from '../../net/json.ts';
import {
  type AwsCredentials,
  createServiceClock,
  type ServiceClock,
  SIGNATURE_STEPS,
  signPost,
} from '../../net/sigv4.ts';
import type { HttpResponse } from '../../net/transport.ts';
import type { CertificateInput } from '../../x509/certificate.ts';
import { rawSignature } from '../ecdsa.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import { callService, type KmsDialect, type KmsRequestOptions, type PreparedRequest } from '../request.ts';

export type { AwsCredentials } from '../../net/sigv4.ts';

/** Options of {@link createAwsKmsSigner}. */
export interface AwsKmsSignerOptions extends KmsRequestOptions {
  /** The ARN of the key or of an alias, the identifier of the key, or `alias/<name>`. */
  keyId: string;
  /** The region, such as `eu-west-1`; that of the ARN by default, and no other if there is one. */
  region?: string | undefined;
  /**
   * Credentials, or a function that gets them: called for every request, so it should keep those that are still valid.
   */
  credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
  /** Certificates of the key, in any form of `CertificateInput` and in any order. */
  certificates: CertificateInput;
  /**
   * The URL of the service; by default `https://kms.<region>.` with the suffix of the partition of the region, such as
   * `amazonaws.com`. Required if the partition is unknown.
   */
  endpoint?: string | undefined;
  /** Stops the creation of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const SERVICE = 'AWS KMS';
const ENABLE = 'Enable the key in AWS KMS, or use another one: only an enabled key signs.';

/** The codes of failures, which have the status 400 or 500 (AWS KMS API reference, "Common errors", "Sign"). */
const dialect: KmsDialect = {
  service: SERVICE,
  failureOf(response) {
    const { __type, message, Message } = readExplanation(failureSchema(), response) ?? {};
    // `com.amazonaws.kms#NotFoundException`, or the name alone.
    return { code: __type?.replace(/^.*#/, ''), message: message ?? Message };
  },
  codes: {
    Throttling: 'throttled',
    ThrottlingException: 'throttled',
    ThrottledException: 'throttled',
    LimitExceededException: 'throttled',
    RequestLimitExceeded: 'throttled',
    RequestThrottled: 'throttled',
    RequestThrottledException: 'throttled',
    RequestTimeout: 'throttled',
    RequestTimeoutException: 'throttled',
    TooManyRequestsException: 'throttled',
    KMSInternalException: 'throttled',
    DependencyTimeoutException: 'throttled',
    KeyUnavailableException: 'throttled',
    AccessDeniedException: 'unauthorized',
    ExpiredTokenException: 'unauthorized',
    IncompleteSignature: 'unauthorized',
    IncompleteSignatureException: 'unauthorized',
    InvalidClientTokenId: 'unauthorized',
    InvalidSignatureException: 'unauthorized',
    MissingAuthenticationToken: 'unauthorized',
    MissingAuthenticationTokenException: 'unauthorized',
    NotAuthorized: 'unauthorized',
    OptInRequired: 'unauthorized',
    RequestExpired: 'unauthorized',
    RequestInTheFuture: 'unauthorized',
    RequestTimeTooSkewed: 'unauthorized',
    SignatureDoesNotMatch: 'unauthorized',
    UnrecognizedClientException: 'unauthorized',
    NotFoundException: 'notFound',
    // GetPublicKey of a symmetric key.
    UnsupportedOperationException: 'unsupported',
  },
  nextSteps: {
    DisabledException: ENABLE,
    KMSInvalidStateException: ENABLE,
    ...SIGNATURE_STEPS,
  },
};

const failureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    __type: s.optional(s.string()),
    message: s.optional(s.string()),
    Message: s.optional(s.string()),
  }),
);
const publicKeySchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    KeyId: s.optional(s.string()),
    PublicKey: s.string(),
    KeyUsage: s.string(),
    // A list of names. Emulators leave it out.
    SigningAlgorithms: s.optional(s.unknown()),
  }),
);
const signatureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ Signature: s.string(), SigningAlgorithm: s.string(), KeyId: s.optional(s.string()) }),
);

/**
 * Makes a signer with a key in AWS KMS. The credentials need `kms:GetPublicKey` and `kms:Sign`.
 *
 * @param options - The key, its certificates and the credentials.
 * @returns The signer.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_ALGORITHM_UNSUPPORTED`
 * for a key of another kind or use, `ERR_KEY_MISMATCH` when no certificate is for the key, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see AWS KMS API reference, "GetPublicKey" and "Sign"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createAwsKmsSigner } from 'notarykit/kms/aws';
 *
 * try {
 *   await createAwsKmsSigner({
 *     keyId: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 *     credentials: async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
 *     certificates: '', // the certificates of the key, PEM
 *     endpoint: 'http://127.0.0.1:1', // left out: that of the region
 *     retries: 0,
 *   });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: nothing listens there
 * }
 * ```
 */
export async function createAwsKmsSigner(options: AwsKmsSignerOptions): Promise<Signer> {
  const { keyId, certificates, signal } = options;
  if (typeof keyId !== 'string' || !/^[\w:/-]{1,2048}$/.test(keyId)) {
    throw argumentInvalid('keyId must be an ARN, an identifier or an alias');
  }
  const call = client(options);
  const key = await call(publicKeySchema(), 'GetPublicKey', { KeyId: keyId }, { signal });
  if (key.KeyUsage !== 'SIGN_VERIFY') throw unsupported(keyId, `is for ${quote(key.KeyUsage, 40)}`);
  return createRemoteSigner({
    service: SERVICE,
    spki: decode(key.PublicKey),
    certificates,
    checkAlgorithm(algorithm) {
      const name = signingAlgorithm(algorithm);
      const supported = key.SigningAlgorithms;
      if (!Array.isArray(supported) || supported.includes(name)) return;
      throw new NotationError(
        'ERR_ALGORITHM_UNSUPPORTED',
        `the key ${keyId} of ${SERVICE} does not sign with ${name}`,
      );
    },
    async signDigest(digest, algorithm, how) {
      const SigningAlgorithm = signingAlgorithm(algorithm);
      const request = {
        KeyId: keyId,
        Message: encodeBase64(digest),
        MessageType: 'DIGEST',
        SigningAlgorithm,
      };
      const response = await call(signatureSchema(), 'Sign', request, how);
      if (response.SigningAlgorithm !== SigningAlgorithm) {
        throw new NotationError('ERR_KMS_RESPONSE', `${SERVICE} did not sign with ${SigningAlgorithm}`);
      }
      // An alias may lead to another key by now. Emulators return what they were sent, which need not be an ARN.
      if (isArn(key.KeyId) && isArn(response.KeyId) && key.KeyId !== response.KeyId) {
        throw new NotationError('ERR_KMS_RESPONSE', `${SERVICE} signed with another key`);
      }
      const signature = decode(response.Signature);
      return algorithm.keySpec.startsWith('EC') ? rawSignature(signature, algorithm, SERVICE) : signature;
    },
  });
}

function isArn(keyId: string | undefined): boolean {
  return keyId?.startsWith('arn:') === true;
}

/** Such as `RSASSA_PSS_SHA_256` and `ECDSA_SHA_384`. */
function signingAlgorithm({ plugin }: SignatureAlgorithm): string {
  return plugin.replaceAll('-', '_');
}

function client(options: AwsKmsSignerOptions) {
  const { region, url } = placeOf(options);
  const clock = createServiceClock();
  return <T>(
    schema: s.Schema<T>,
    action: 'GetPublicKey' | 'Sign',
    request: object,
    how: SignerCallOptions | undefined,
  ): Promise<T> => {
    const prepare = () => signRequest(options, clock, { url, region, action, body: JSON.stringify(request) });
    const renew = ({ headers }: HttpResponse) =>
      clock.correct(headers) || typeof options.credentials === 'function';
    return callService(dialect, schema, prepare, options, { ...how, renew });
  };
}

/** Returns the region that requests are signed for, and the URL that they are sent to. */
function placeOf({ keyId, region: given, endpoint }: AwsKmsSignerOptions): { region: string; url: URL } {
  const [, partitionId, own] = /^arn:([\w-]+):kms:([\w-]+):/.exec(keyId) ?? [];
  const region = given ?? own;
  if (region === undefined || !/^[a-z0-9-]{1,64}$/.test(region)) {
    throw argumentInvalid('region must be the name of a region such as eu-west-1, or keyId an ARN');
  }
  if (own !== undefined && own !== region) {
    throw argumentInvalid(`region is ${quote(region)}, but keyId is an ARN of ${quote(own)}`);
  }
  const partition = partitionOfRegion(region);
  const named = partitionId === undefined ? partition : partitionById(partitionId);
  if (partition && partition !== named) {
    throw argumentInvalid(
      `keyId is an ARN of the partition ${quote(partitionId)}, but ${quote(region)} is in ${partition.id}`,
    );
  }
  if (endpoint === undefined && !named) {
    throw argumentInvalid(`the partition of the region ${quote(region)} is unknown: give endpoint, its URL`);
  }
  return { region, url: parseServiceUrl(endpoint ?? `https://kms.${region}.${named?.suffix}`, 'endpoint') };
}

/** The time of a signature is that of the attempt. */
async function signRequest(
  { credentials }: AwsKmsSignerOptions,
  clock: ServiceClock,
  { url, region, action, body }: { url: URL; region: string; action: string; body: string },
): Promise<PreparedRequest> {
  const given = typeof credentials === 'function' ? await credentials() : credentials;
  const unsigned = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${action}` };
  const post = { url, headers: unsigned, body, service: 'kms', region };
  return { url, method: 'POST', body, ...(await signPost(post, given, clock.now())) };
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', `the response of ${SERVICE} is not base64`, { cause });
  }
}

function unsupported(keyId: string, problem: string): NotationError {
  return new NotationError(
    'ERR_ALGORITHM_UNSUPPORTED',
    `the key ${keyId} of ${SERVICE} ${problem}, not for signing`,
  );
}
