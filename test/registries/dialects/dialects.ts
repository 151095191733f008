import {
  acrCredentials,
  dockerHubCredentials,
  ecrCredentials,
  githubCredentials,
  googleCredentials,
  harborCredentials,
  quayCredentials,
} from '../../../src/registries/index.ts';
import { json } from '../../support/registry-server.ts';
import { ECR_API, ECR_HOST, ECR_REGION, giveAuthorizationToken } from './aws.ts';
import { bearer, type Dialect, errors, text } from './dialect.ts';

const ACR = 'acme.azurecr.io';
const GOOGLE = 'europe-docker.pkg.dev';
const HARBOR = 'harbor.example.com';

const lasting = (expires_in: number) => (token: string) => ({
  token,
  access_token: token,
  expires_in,
  issued_at: '2026-11-25T00:00:00Z',
});
/** A JSON Web Token that claims to be valid for an hour. */
const jwt = (name: string) => {
  const claims = { aud: ACR, jti: name, exp: Math.floor(Date.now() / 1000) + 3600 };
  return `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${name}`;
};

export const dockerHub: Dialect = {
  name: 'Docker Hub',
  host: 'docker.io',
  api: 'registry-1.docker.io',
  repository: 'acme/app',
  helper: (token) => dockerHubCredentials({ username: 'me', token }),
  secret: 'dckr_pat_secret',
  travels: { dckr_pat_secret: ['auth.docker.io'] },
  account: { username: 'me', password: 'dckr_pat_secret' },
  challenge: bearer('https://auth.docker.io/token', 'registry.docker.io'),
  token: {
    address: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    response: lasting(300),
    refusal: (response) => json(response, 401, { details: 'incorrect username or password' }),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'authentication required', {
    detail: [{ Type: 'repository', Class: '', Name: 'acme/app', Action: 'pull' }],
  }),
  upload: (session) => `https://registry-1.docker.io/v2/acme/app/blobs/uploads/${session}?_state=a%2Bb%3D`,
  storage: 'https://production.cloudflare.docker.com/registry-v2/docker/registry/v2/blobs',
  // The documents say that there is no API, but not which status is returned.
  noReferrers: text(404, '404 page not found\n'),
};

export const github: Dialect = {
  name: 'the GitHub Container Registry',
  host: 'ghcr.io',
  repository: 'acme/app',
  helper: (token) => githubCredentials({ username: 'me', token }),
  secret: 'ghp_secret',
  travels: { ghp_secret: ['ghcr.io'] },
  account: { username: 'me', password: 'ghp_secret' },
  challenge: bearer('https://ghcr.io/token', 'ghcr.io'),
  token: {
    address: 'https://ghcr.io/token',
    service: 'ghcr.io',
    response: (token) => ({ token }),
    refusal: errors(403, 'DENIED', 'denied'),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'authentication required'),
  upload: (session) => `/v2/acme/app/blobs/upload/${session}`,
  storage: 'https://pkg-containers.githubusercontent.com/ghcr1/blobs',
  noReferrers: (response) => {
    // Without the hash, as users reported.
    const location = 'https://github.com/-/v2/packages/container/package/acme%2Fapp%2Freferrers%2Fsha256';
    return response.writeHead(303, { location }).end();
  },
};

export const ecr: Dialect = {
  name: 'Amazon ECR',
  host: ECR_HOST,
  repository: 'team/app',
  helper: (secretAccessKey, fetch) =>
    ecrCredentials({
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey },
      region: ECR_REGION,
      fetch,
    }),
  secret: 'aws-key-secret',
  // The key signs and is never sent.
  travels: { 'aws-key-secret': [], 'ecr-password-secret': [ECR_HOST] },
  account: { username: 'AWS', password: 'ecr-password-secret' },
  challenge: () => `Basic realm="https://${ECR_HOST}/",service="ecr.amazonaws.com"`,
  refusal: text(401, 'Not Authorized\n'),
  service: {
    address: `https://${ECR_API}/`,
    answer: (request, response) =>
      giveAuthorizationToken(request, response, 'aws-key-secret', 'ecr-password-secret'),
  },
  upload: (session) => `https://${ECR_HOST}/v2/team/app/blobs/uploads/${session}`,
  storage: `https://prod-${ECR_REGION}-starport-layer-bucket.s3.${ECR_REGION}.amazonaws.com`,
};

const refreshToken = jwt('acr-refresh-secret');
export const acr: Dialect = {
  name: 'the Azure Container Registry',
  host: ACR,
  repository: 'team/app',
  helper: (entraToken, fetch) => acrCredentials({ host: ACR, entraToken, tenant: 'acme.example', fetch }),
  secret: 'entra-access-secret',
  travels: { 'entra-access-secret': [ACR], [refreshToken]: [ACR] },
  account: { refreshToken },
  challenge: bearer(`https://${ACR}/oauth2/token`, ACR),
  token: {
    address: `https://${ACR}/oauth2/token`,
    service: ACR,
    response: (access_token) => ({ access_token }),
    refusal: errors(401, 'UNAUTHORIZED', 'authentication required'),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'authentication required', {
    detail: [{ Type: 'repository', Name: 'team/app', Action: 'pull' }],
  }),
  service: {
    address: `https://${ACR}/oauth2/exchange`,
    answer: ({ body }, response) => {
      const requested = Object.fromEntries(new URLSearchParams(body.toString()));
      const known =
        requested.grant_type === 'access_token' &&
        requested.service === ACR &&
        requested.tenant === 'acme.example' &&
        requested.access_token === 'entra-access-secret';
      if (known) json(response, 200, { refresh_token: refreshToken });
      else errors(401, 'UNAUTHORIZED', 'authentication required', { detail: [] })(response);
    },
  },
  upload: (session) => `/v2/team/app/blobs/uploads/${session}?_nouploadcache=false&_state=VYAB%2Bsecret`,
  storage: 'https://eusmanaged1.blob.core.windows.net/blobs',
};

export const google: Dialect = {
  name: 'the Google Artifact Registry',
  host: GOOGLE,
  repository: 'acme/images/app',
  helper: (accessToken) => googleCredentials({ accessToken: async () => accessToken }),
  secret: 'ya29.secret',
  travels: { 'ya29.secret': [GOOGLE] },
  account: { username: 'oauth2accesstoken', password: 'ya29.secret' },
  challenge: bearer(`https://${GOOGLE}/v2/token`, GOOGLE),
  challengesOnce: true,
  token: {
    address: `https://${GOOGLE}/v2/token`,
    service: GOOGLE,
    response: (token) => ({ token, expires_in: 43_200 }),
    refusal: errors(401, 'UNAUTHORIZED', 'not authenticated: No valid credential was supplied.'),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'not authenticated: No valid credential was supplied.'),
  upload: (session) => `/artifacts-uploads/namespaces/acme/repositories/images/uploads/${session}`,
  storage: `https://${GOOGLE}/artifacts-downloads/namespaces/acme/repositories/images/downloads`,
};

export const harbor: Dialect = {
  name: 'Harbor',
  host: HARBOR,
  repository: 'team/app',
  helper: (secret) => harborCredentials({ host: HARBOR, project: 'team', robot: 'ci', secret }),
  secret: 'robot-secret',
  travels: { 'robot-secret': [HARBOR] },
  account: { username: 'robot$team+ci', password: 'robot-secret' },
  challenge: bearer(`https://${HARBOR}/service/token`, 'harbor-registry'),
  token: {
    address: `https://${HARBOR}/service/token`,
    service: 'harbor-registry',
    response: lasting(1800),
    refusal: errors(401, 'UNAUTHORIZED', 'unauthorized: unauthorized'),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'unauthorized to access repository: team/app, action: pull'),
  upload: (session) => `https://${HARBOR}/v2/team/app/blobs/uploads/${session}?_state=c%2Fd`,
};

export const quay: Dialect = {
  name: 'quay with the referrers API',
  host: 'quay.io',
  repository: 'team/app',
  helper: (token) => quayCredentials({ namespace: 'team', robot: 'ci', token }),
  secret: 'robot-secret',
  travels: { 'robot-secret': ['quay.io'] },
  account: { username: 'team+ci', password: 'robot-secret' },
  challenge: bearer('https://quay.io/v2/auth', 'quay.io'),
  token: {
    address: 'https://quay.io/v2/auth',
    service: 'quay.io',
    response: (token) => ({ token }),
    refusal: errors(401, 'UNAUTHORIZED', 'Invalid username or password.', { detail: {} }),
  },
  refusal: errors(401, 'UNAUTHORIZED', 'access to the requested resource is not authorized', { detail: {} }),
  upload: (session) => `/v2/team/app/blobs/uploads/${session}`,
  storage: 'https://cdn01.quay.io/quayio-production-s3/sha256',
};

export const dialects: readonly Dialect[] = [
  dockerHub,
  github,
  ecr,
  acr,
  google,
  harbor,
  quay,
  {
    ...quay,
    name: 'quay without the referrers API',
    noReferrers: text(404, '<!doctype html><title>Quay</title>', 'text/html'),
  },
];
