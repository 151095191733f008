import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { oneLine, quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { partitionOfRegion } from '../../net/aws-partitions.ts';
import { TRANSIENT, withRetries } from '../../net/retry.ts';
import { HEADER_SECRET } from '../../net/secret.ts';
import type { AwsCredentials } from '../../net/sigv4.ts';
import { type HttpResponse, sendRequest } from '../../net/transport.ts';
import type { ExchangeContext } from './exchange-context.ts';

const SERVICE = 'AWS STS';
const API_VERSION = '2011-06-15';
const ERRORS = { unreachable: 'ERR_KMS_UNREACHABLE', response: 'ERR_KMS_RESPONSE' } as const;
const TIMEOUT = 10_000;
const RETRIES = 4;
const MAX_RESPONSE = 64 * 1024;

/**
 * Exchanges an identity token for temporary credentials of a role.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_KMS_UNAUTHORIZED`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see AWS Security Token Service API reference, "AssumeRoleWithWebIdentity"
 */
export async function assumeAwsRole(
  role: string,
  identityToken: string,
  { env, mask, signal }: ExchangeContext,
): Promise<AwsCredentials> {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: API_VERSION,
    RoleArn: role,
    RoleSessionName: `notarykit-${env.GITHUB_RUN_ID ?? 'action'}`,
    WebIdentityToken: identityToken,
  };
  const request = {
    method: 'POST' as const,
    url: endpointOf(env),
    peer: SERVICE,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    secrets: [identityToken],
    maxBytes: MAX_RESPONSE,
    signal,
  };
  const response = await withRetries(() => sendRequest(request, { errors: ERRORS, timeout: TIMEOUT }), {
    limit: RETRIES,
    signal,
    what: `the request to ${SERVICE}`,
    mayPass: (outcome) =>
      isNotationError(outcome) ? outcome.code === ERRORS.unreachable : TRANSIENT.includes(outcome.status),
  });
  if (response.status !== 200) throw refusal(response);
  const [accessKeyId, secretAccessKey, sessionToken] = [
    secretIn(response, 'AccessKeyId'),
    secretIn(response, 'SecretAccessKey'),
    secretIn(response, 'SessionToken'),
  ];
  mask(secretAccessKey);
  mask(sessionToken);
  return { accessKeyId, secretAccessKey, sessionToken };
}

function endpointOf(env: ExchangeContext['env']): URL {
  const { AWS_ENDPOINT_URL_STS: own, AWS_ENDPOINT_URL: all } = env;
  const given = own || all;
  if (given) return parseServiceUrl(given, 'AWS_ENDPOINT_URL_STS');
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!region) throw argumentInvalid('aws_role needs the environment variable AWS_REGION');
  const partition = partitionOfRegion(region);
  if (partition) return new URL(`https://sts.${region}.${partition.suffix}/`);
  throw argumentInvalid(`${quote(region)} is in no known partition of AWS: set AWS_ENDPOINT_URL_STS`);
}

/** Reads an element of the response, which is XML: the elements that are read have no attributes, and occur once. */
function elementIn({ body }: HttpResponse, name: string): string | undefined {
  const [, rest] = new TextDecoder().decode(body).split(`<${name}>`);
  return rest?.split('<', 1)[0]?.trim();
}

function secretIn(response: HttpResponse, name: string): string {
  const text = elementIn(response, name);
  if (text !== undefined && HEADER_SECRET.test(text)) return text;
  throw new NotationError('ERR_KMS_RESPONSE', `the response of ${SERVICE} has no valid ${name}`);
}

function refusal(response: HttpResponse): NotationError {
  const { status, redact } = response;
  const words = [elementIn(response, 'Code'), elementIn(response, 'Message')].filter(Boolean).join(': ');
  const detail = words && `, ${oneLine(redact(words), 300)}`;
  const code = status === 400 || status === 403 ? 'ERR_KMS_UNAUTHORIZED' : 'ERR_KMS_RESPONSE';
  return new NotationError(code, `${SERVICE} responded with ${status || 'a redirect'}${detail}`, {
    nextStep:
      'Allow the role to be assumed by identity tokens of this repository: its trust policy must name the provider, the audience and the subject.',
  });
}
