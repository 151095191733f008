import { createHash, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { json, type SeenRequest } from '../../support/registry-server.ts';
import { MEANT_FOR } from './internet.ts';

export const ECR_REGION = 'eu-west-1';
export const ECR_HOST = `012345678910.dkr.ecr.${ECR_REGION}.amazonaws.com`;
export const ECR_API = `api.ecr.${ECR_REGION}.amazonaws.com`;

const LIFETIME = 12 * 3600;
const TYPE = 'application/x-amz-json-1.1';
const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';

/** Answers GetAuthorizationToken for requests that the right key signed, as the API reference of Amazon ECR says. */
export function giveAuthorizationToken(
  request: SeenRequest,
  response: ServerResponse,
  secretKey: string,
  password: string,
): void {
  if (request.method !== 'POST' || request.headers['x-amz-target'] !== TARGET) {
    json(response, 400, { __type: 'UnknownOperationException' }, TYPE);
  } else if (!isSigned(request, secretKey)) {
    const message = 'The request signature we calculated does not match the signature you provided.';
    json(response, 400, { __type: 'InvalidSignatureException', message }, TYPE);
  } else {
    const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
    const expiresAt = Date.now() / 1000 + LIFETIME;
    const data = { authorizationToken, expiresAt, proxyEndpoint: `https://${ECR_HOST}` };
    json(response, 200, { authorizationData: [data] }, TYPE);
  }
}

/** Computes Signature Version 4 independently. */
function isSigned(
  { method, url, headers, authorization = '', body }: SeenRequest,
  secretKey: string,
): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=[A-Z0-9]+\/(\d{8}\/([a-z0-9-]+)\/([a-z]+)\/aws4_request), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
  const [, scope = '', region, service, names = '', signature] = form.exec(authorization) ?? [];
  if (region !== ECR_REGION || service !== 'ecr') return false;
  const header = (name: string) => (name === 'host' ? headers[MEANT_FOR] : headers[name]);
  const lines = names.split(';').map((name) => `${name}:${header(name)}\n`);
  const canonical = [method, url.pathname, '', lines.join(''), names, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const steps = [...scope.split('/'), text];
  const key = steps.reduce<Buffer>(
    (last, step) => createHmac('sha256', last).update(step).digest(),
    Buffer.from(`AWS4${secretKey}`),
  );
  return names.split(';').includes('x-amz-target') && key.toString('hex') === signature;
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
