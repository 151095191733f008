import { AwsV4Signer } from 'aws4fetch';
import { NotationError } from '../errors/index.ts';

/** What a header takes. */
const SECRET = /^[\x21-\x7e]{1,65536}$/;

/** Credentials of AWS, for good or for a while. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
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

/**
 * The headers of a POST with its signature, AWS Signature Version 4.
 *
 * @param time - When it is sent: services accept it a few minutes before and after.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for credentials that are none
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

/** The message says nothing of it. */
function checkSecret(secret: unknown, what: string): string {
  if (typeof secret === 'string' && SECRET.test(secret)) return secret;
  throw new NotationError('ERR_ARGUMENT_INVALID', `${what} must be a text of visible ASCII characters`);
}
