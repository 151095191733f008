import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  parseReference,
  parseTrustPolicy,
  type Registry,
  sign,
  verify,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { NotationCli } from './support/notation-cli.ts';
import { type RunningRegistry, startDockerRegistry } from './support/registries.ts';

const username = 'robot';
const password = 'correct horse';
/** The password of the line above, by bcrypt as docker-registry requires: made with crypt(3), cost 4. */
const HTPASSWD = `${username}:$2b$04$RIhmCZ2/8xMjxSAUadyl8uMkiouswfOQmekD53fd5g.WBm0pwgRS6\n`;

let server: RunningRegistry;
let certificate: TestCertificate;

beforeAll(async () => {
  server = await startDockerRegistry({ htpasswd: HTPASSWD });
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
});

afterAll(() => server.stop());

const registryFor = (secret: string): Registry =>
  createRegistry({ credentials: { [server.host]: { username, password: secret } } });

describe('a registry that requires a password', () => {
  it('accepts a login and serves signatures, to notarykit and to the CLI', async () => {
    const scope = `${server.host}/private/app`;
    const registry = registryFor(password);
    const { digest } = await pushImage(registry, scope);
    const reference = `${scope}@${digest}`;
    await sign(reference, { signer: await createSigner(certificate), registry });

    const document = policyDocument({ registryScopes: [scope] });
    const trustStore = createTrustStore({ 'ca:acme': certificate.root });
    const report = await verify(reference, { trustPolicy: parseTrustPolicy(document), trustStore, registry });
    expect(report.outcome).toBe('verified');

    const cli = await NotationCli.create();
    try {
      await cli.setTrustPolicy(document);
      await cli.addCertificates('ca:acme', certificate.root);
      const flags = ['--insecure-registry', '-u', username, '-p', password];
      const { code, stdout, stderr } = await cli.run('verify', ...flags, reference);
      expect({ code, said: `${stdout}${stderr}` }).toMatchObject({ code: 0 });
    } finally {
      await cli.dispose();
    }
  });

  it.each([
    ['a wrong password', () => registryFor('battery staple')],
    ['no password', () => createRegistry()],
  ])('rejects %s with a code, and never shows the password', async (_, registryOf) => {
    const repository = registryOf().repository(parseReference(`${server.host}/private/app`));
    const error: unknown = await repository.resolve('v1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(String(error) + JSON.stringify(error)).not.toContain('battery');
  });
});
