import { createPrivateKey } from 'node:crypto';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decodePem } from '../../src/encoding/pem.ts';
import { createRegistry, createSigner, sign, signBlob } from '../../src/index.ts';
import {
  addCertificates,
  addSigningKey,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from '../../src/node/index.ts';
import { createBlobTrustPolicy, createTrustPolicy } from '../../src/policy/tools/index.ts';
import {
  createTestTimestampAuthority,
  generateTestChain,
  type TestCertificate,
} from '../../src/testing/index.ts';
import { pushMultiPlatform } from '../storage/indexes.ts';
import { REPOSITORY } from '../support/artifact.ts';
import { certificateBag, keyBag, keyOf, pfx, plainPart } from '../support/forge-pkcs12.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';

const PLUGIN = resolve('test/docs/azure-kv-plugin.cjs');
const PASSPHRASE = 'correct horse battery staple';
const STATEMENT = {
  trustStores: ['ca:acme'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=release.acme.example'],
};

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      initContainers:
        - { name: migrate, image: ${REPOSITORY}:multi }
      containers:
        - { name: app, image: ${REPOSITORY}:v1 }
`;

/** The machine that the examples of README and of the guides run on. */
export interface Machine {
  /**
   * The environment: `NOTATION_CONFIG` names a directory with a signing key, a trust store, two trust policies and a
   * plugin.
   */
  env: Readonly<Record<string, string>>;
  /** Reaches `registry.example.com`, which has a signed image and a signed index of two, and the timestamping authority `tsa.example`. */
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

/** Writes keys, certificates and a signed blob into a directory, and starts the servers of the machine. */
export async function startMachine(directory: string): Promise<Machine> {
  const certificate = await generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' });
  const authority = await createTestTimestampAuthority();
  const server = await startRegistry();
  const fetch: Machine['fetch'] = async (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).host === 'tsa.example' ? authority.fetch(request) : forward(request, server);
  };

  await writeKeys(directory, certificate, authority.rootCertificate);
  const trustPolicy = await configureNotation(directory, certificate);
  await publish(directory, certificate, fetch);
  return {
    env: {
      NOTATION_CONFIG: join(directory, 'notation'),
      KEY_PASSPHRASE: PASSPHRASE,
      POLICY: JSON.stringify(trustPolicy),
      ROOT: certificate.root,
    },
    fetch,
    close: () => server.close(),
  };
}

async function writeKeys(directory: string, certificate: TestCertificate, tsaRoot: string): Promise<void> {
  const { privateKey, certificates, root } = certificate;
  const encryption = { cipher: 'aes-256-cbc', passphrase: PASSPHRASE };
  const encrypted = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem', ...encryption });
  const bags = decodePem(certificates).map(({ der }) => certificateBag(der));
  await writeFile(join(directory, 'release.key'), privateKey, { mode: 0o600 });
  await writeFile(join(directory, 'release.encrypted.key'), encrypted);
  await writeFile(join(directory, 'release.crt'), certificates);
  await writeFile(join(directory, 'root.crt'), root);
  await writeFile(join(directory, 'tsa.crt'), tsaRoot);
  await writeFile(
    join(directory, 'release.p12'),
    await pfx([plainPart(keyBag(keyOf(certificate)), ...bags)], PASSPHRASE),
  );
}

async function configureNotation(directory: string, certificate: TestCertificate): Promise<object> {
  const configDirectory = join(directory, 'notation');
  const [keyPath, certPath] = [join(directory, 'release.key'), join(directory, 'release.crt')];
  await addSigningKey({ name: 'release', keyPath, certPath }, { default: true, configDirectory });
  await addCertificates('ca', 'acme', { 'root.crt': certificate.root }, { configDirectory });
  const trustPolicy = createTrustPolicy([{ name: 'production', registryScopes: [REPOSITORY], ...STATEMENT }]);
  const blobTrustPolicy = createBlobTrustPolicy([{ name: 'releases', globalPolicy: true, ...STATEMENT }]);
  await writeTrustPolicy(trustPolicy, { configDirectory });
  await writeBlobTrustPolicy(blobTrustPolicy, { configDirectory });
  await writeFile(join(directory, 'trustpolicy.json'), JSON.stringify(trustPolicy));

  await writeFile(join(directory, 'deploy.yaml'), DEPLOYMENT);

  const plugin = join(configDirectory, 'plugins', 'azure-kv');
  await mkdir(plugin, { recursive: true });
  await copyFile(PLUGIN, join(plugin, 'notation-azure-kv'));
  await chmod(join(plugin, 'notation-azure-kv'), 0o755);
  await writeFile(join(plugin, 'release.json'), JSON.stringify(certificate));
  return trustPolicy;
}

/** Pushes and signs what the examples verify. */
async function publish(
  directory: string,
  certificate: TestCertificate,
  fetch: Machine['fetch'],
): Promise<void> {
  const registry = createRegistry({ fetch });
  const signer = await createSigner(certificate);
  await pushMultiPlatform(registry);
  await sign(`${REPOSITORY}:v1`, { signer, registry, userMetadata: { buildId: '101' } });
  await sign(`${REPOSITORY}:multi`, { signer, registry });
  const release = new TextEncoder().encode('the bytes of a release');
  await writeFile(join(directory, 'release.tar'), release);
  const { signature, fileExtension } = await signBlob(release, { signer });
  await writeFile(join(directory, `release.tar${fileExtension}`), signature);
}

async function forward(request: Request, server: RegistryServer): Promise<Response> {
  const { host, pathname, search } = new URL(request.url);
  if (host !== 'registry.example.com') throw new TypeError(`the examples must not reach ${host}`);
  return realFetch(`http://${server.host}${pathname}${search}`, {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    ...(request.body && { body: await request.arrayBuffer() }),
  });
}

/** The original one, which the tests replace with that of the machine. */
const realFetch = globalThis.fetch;
