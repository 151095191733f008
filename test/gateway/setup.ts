import { createPullGateway, type GatewayEvent, type PullGatewayOptions } from '../../src/gateway/index.ts';
import {
  createSigner,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  type Descriptor,
  type Signer,
  sign,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { pushMultiPlatform } from '../storage/indexes.ts';
import { policyDocument, pushImage, REPOSITORY } from '../support/artifact.ts';
import { type FakeUpstream, fakeUpstream } from './fake-upstream.ts';

export const HOST = 'registry.example.com';
export const NAME = 'team/app';

/** A gateway, what is behind it, and what it reported. */
export interface Stage {
  upstream: FakeUpstream;
  events: GatewayEvent[];
  signer: Signer;
  certificate: TestCertificate;
  /** The digest of a single image, which is not signed. */
  image: string;
  index: Descriptor;
  amd64: Descriptor;
  arm64: Descriptor;
  verifier: (options?: Partial<VerifierOptions>, statement?: Record<string, unknown>) => Verifier;
  gateway: (options?: Partial<PullGatewayOptions>) => (path: string, init?: RequestInit) => Promise<Response>;
  /** Signs a manifest, and returns the digest of the signature. */
  sign: (digest: string) => Promise<string>;
}

/** Sets up an upstream with an image under the tag `v1` and an index under the tag `multi`. */
export async function setUp(): Promise<Stage> {
  const upstream = fakeUpstream();
  const { registry } = upstream;
  const { digest: image } = await pushImage(registry);
  const { index, amd64, arm64 } = await pushMultiPlatform(registry);
  const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  const signer = await createSigner(certificate);
  const events: GatewayEvent[] = [];
  const storage = new Map<string, string>();
  const verifier: Stage['verifier'] = (options, statement) =>
    createVerifier({
      trustPolicy: policyDocument(statement),
      trustStore: createTrustStore({ 'ca:acme': certificate.root }),
      verdictCache: createVerdictCache({ storage, trustedStorage: true }),
      ...options,
    });
  return {
    upstream,
    events,
    signer,
    certificate,
    image,
    index,
    amd64,
    arm64,
    verifier,
    gateway: (options) => {
      const { fetch } = createPullGateway({
        verifier: verifier(),
        upstreams: HOST,
        fetch: upstream.fetch,
        onEvent: (event) => events.push(event),
        ...options,
      });
      return (path, init) => fetch(new Request(`https://gateway.example${path}`, init));
    },
    sign: async (digest) => {
      const { signature } = await sign(`${REPOSITORY}@${digest}`, { signer, registry });
      return signature.digest;
    },
  };
}

/** The first error in the body of a response. */
export async function errorOf(
  response: Response,
): Promise<{ code: string; message: string; detail?: unknown }> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  const [error] = errors;
  if (!error) throw new Error('the body has no error');
  return error;
}
