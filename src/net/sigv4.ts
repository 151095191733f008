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
