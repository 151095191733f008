import { describe, expect, it } from 'vitest';
import { signPost } from '../../src/net/sigv4.ts';
import { failure } from '../oci/support.ts';

/** The input that all vectors of the AWS Signature Version 4 test suite (aws-sig-v4-test-suite) share. */
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const TIME = new Date('2015-08-30T12:36:00Z');
const SCOPE = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
/** From the readme of the vector post-sts-token. */
const SESSION_TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

const post = (headers: Record<string, string>) => ({
  url: new URL('https://example.amazonaws.com/'),
  headers,
  body: '',
  service: 'service',
  region: 'us-east-1',
});

describe('Signature Version 4', () => {
  it.each([
    [
      'post-vanilla',
      {},
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-header-key-sort',
      { 'My-Header1': 'value1' },
      'host;my-header1;x-amz-date',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-header-value-case',
      { 'My-Header1': 'VALUE1' },
      'host;my-header1;x-amz-date',
      'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
    ],
  ])('signs as the vector %s of AWS', async (_, headers, names, signature) => {
    const signed = await signPost(post(headers), CREDENTIALS, TIME);
    expect(signed.headers).toMatchObject({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${names}, Signature=${signature}`,
    });
  });

  it('signs as the vector post-sts-header-before of AWS, with the token of a session', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: SESSION_TOKEN };
    const signed = await signPost(post({}), credentials, TIME);
    expect(signed.headers).toMatchObject({
      'x-amz-security-token': SESSION_TOKEN,
      authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead`,
    });
  });

  it('returns the secrets that no error may show', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: SESSION_TOKEN };
    const { secrets, headers } = await signPost(post({}), credentials, TIME);
    expect(secrets).toEqual([CREDENTIALS.secretAccessKey, SESSION_TOKEN, headers.authorization?.slice(-64)]);
  });

  it.each([
    ['accessKeyId', { ...CREDENTIALS, accessKeyId: '' }],
    ['secretAccessKey', { ...CREDENTIALS, secretAccessKey: 'two words' }],
    ['sessionToken', { ...CREDENTIALS, sessionToken: 'line\nbreak' }],
  ])('rejects credentials without a good %s', async (name, credentials) => {
    const error = await failure(signPost(post({}), credentials, TIME));
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toContain(name);
  });
});
