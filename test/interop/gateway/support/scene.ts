import { onTestFinished } from 'vitest';
import type { PullGatewayOptions } from '../../../../src/gateway/index.ts';
import { createRegistry, createSigner, type Registry, sign } from '../../../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../../src/testing/index.ts';
import { policyDocument } from '../../../support/artifact.ts';
import type { FetchServer } from './fetch-server.ts';
import { startInNode } from './gateways.ts';
import { pushIndex } from './images.ts';
import { UPSTREAMS, type UpstreamRegistry } from './registries.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** An index in the registry, and the manifests that it lists. */
export interface Pushed {
  /** With the host of the registry behind the gateway, by digest. */
  reference: string;
  digest: string;
  platforms: readonly string[];
}

/** A registry behind a proxy, and gateways in this process in front of that. */
export class Scene {
  readonly certificate: TestCertificate;
  readonly registry: UpstreamRegistry;
  readonly upstream: Upstream;
  /** Reads and writes the registry as its user. */
  readonly access: Registry;

  private constructor(certificate: TestCertificate, registry: UpstreamRegistry, upstream: Upstream) {
    const { host, login } = registry;
    this.certificate = certificate;
    this.registry = registry;
    this.upstream = upstream;
    this.access = createRegistry(login && { credentials: { [host]: login } });
  }

  static async create(kind: keyof typeof UPSTREAMS): Promise<Scene> {
    const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
    const registry = await UPSTREAMS[kind]();
    return new Scene(certificate, registry, await startUpstream(registry.host));
  }

  async dispose(): Promise<void> {
    await this.upstream.stop();
    await this.registry.stop();
  }

  /** The trust policy and the root of every gateway. */
  get trust() {
    return { trustPolicy: policyDocument({ registryScopes: ['*'] }), root: this.certificate.root };
  }

  /** Starts a gateway that has seen nothing yet; it ends with the test. */
  async gateway(options: Partial<PullGatewayOptions> = {}): Promise<FetchServer> {
    this.upstream.intercept = undefined;
    this.upstream.seen.length = 0;
    const gateway = await startInNode({ upstream: this.upstream.host, ...this.trust }, options);
    onTestFinished(() => gateway.stop());
    return gateway;
  }

  /** Pushes an index of two images that are not signed themselves. */
  async pushUnsigned(repository: string, tag: string): Promise<Pushed> {
    const name = `${this.registry.host}/${repository}`;
    const { index, children } = await pushIndex(this.access, name, { tag });
    return {
      reference: `${name}@${index.digest}`,
      digest: index.digest,
      platforms: children.map(({ digest }) => digest),
    };
  }

  async pushSigned(repository: string, tag: string): Promise<Pushed> {
    const pushed = await this.pushUnsigned(repository, tag);
    const signer = await createSigner(this.certificate);
    await sign(pushed.reference, { signer, registry: this.access });
    return pushed;
  }

  /** Gets a token for the user of the registry, as a client does after a 401. */
  async token(challenged: Response): Promise<string> {
    const challenge = challenged.headers.get('www-authenticate') ?? '';
    const { realm, service, scope } = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const { username, password } = this.registry.login ?? {};
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const url = `${realm}?${new URLSearchParams({ service, scope })}`;
    const response = await fetch(url, { headers: { authorization } });
    return ((await response.json()) as { token: string }).token;
  }

  /** Lets a tag name another manifest. */
  async moveTag(repository: string, tag: string, to: Pushed): Promise<void> {
    const content = this.access.repository({ registry: this.registry.host, repository });
    const descriptor = await content.resolve(to.digest);
    await content.pushManifest(descriptor.mediaType, await content.fetchManifest(descriptor), { tag });
  }
}

/** What a client is told by its gateway, without a client in between. */
export async function told(response: Response) {
  const { status, headers } = response;
  const body = await response.text();
  return {
    status,
    body,
    verdict: headers.get('notarykit-verdict'),
    code: headers.get('notarykit-code'),
    digest: headers.get('docker-content-digest'),
  };
}
