import { AwsV4Signer } from 'aws4fetch';
import { checkSecret } from './secret.ts';

/** Credentials of AWS, permanent or temporary. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Only for temporary credentials. */
  sessionToken?: string | undefined;
}

/** A POST to be signed. */
export interface UnsignedPost {
  url: URL;
  headers: Record<string, string>;
  body: string;
  service: string;
  region: string;
}

/** Milliseconds by which the clocks may differ: services accept requests that are five minutes old. */
const TOLERANCE = 4 * 60 * 1000;
/** The largest difference that is corrected: a server must not obtain a signature for a distant time. */
const MAX_OFFSET = 24 * 60 * 60 * 1000;

/** What to do about a failure, by the code of the service, that may be due to the time of a signature. */
export const SIGNATURE_STEPS: Readonly<Record<string, string>> = {
  InvalidSignatureException: 'Check the secret access key, and set the clock of this machine if it is wrong.',
  SignatureDoesNotMatch: 'Check the secret access key, and set the clock of this machine if it is wrong.',
  RequestExpired: 'Set the clock of this machine.',
  RequestInTheFuture: 'Set the clock of this machine.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
};

/** The clock of a service, which may differ from that of this machine. */
export interface ServiceClock {
  now(): Date;
  /**
   * Sets the clock by the Date header of a response that refuses a request.
   * @returns Whether it was off, so that a request signed anew may be accepted. Scripts of a page may not see the header.
   */
  correct(headers: Pick<Headers, 'get'>): boolean;
}

/** Makes a clock that agrees with that of this machine until a response shows otherwise. */
export function createServiceClock(): ServiceClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    correct(headers) {
      const actual = Date.parse(headers.get('date') ?? '') - Date.now();
      if (!(Math.abs(actual - offset) > TOLERANCE && Math.abs(actual) <= MAX_OFFSET)) return false;
      offset = actual;
      return true;
    },
  };
}

/**
 * Signs a POST with AWS Signature Version 4.
 *
 * @param time - When it is sent: services accept it a few minutes before and after.
 * @returns Its headers with the signature, and the secrets that no error may show.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for malformed credentials
 * @see AWS Identity and Access Management, user guide, "Create a signed AWS API request"
 */
export async function signPost(
  post: UnsignedPost,
  credentials: AwsCredentials,
  time: Date,
): Promise<{ headers: Record<string, string>; secrets: string[] }> {
  const accessKeyId = checkSecret(credentials?.accessKeyId, 'accessKeyId');
  const secretAccessKey = checkSecret(credentials.secretAccessKey, 'secretAccessKey');
  const { sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken: checkSecret(sessionToken, 'sessionToken') };
  const signer = new AwsV4Signer({
    ...post,
    url: post.url.href,
    method: 'POST',
    accessKeyId,
    secretAccessKey,
    ...token,
    datetime: time.toISOString().replace(/[:-]|\.\d{3}/g, ''),
  });
  const { headers } = await signer.sign();
  const signature = headers.get('authorization')?.replace(/^.*Signature=/, '') ?? '';
  return {
    headers: Object.fromEntries(headers),
    secrets: [secretAccessKey, sessionToken ?? '', signature],
  };
}
