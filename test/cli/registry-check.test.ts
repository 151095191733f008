import { describe, expect, it } from 'vitest';
import { createTrustingMachine } from './machine.ts';

describe('notarykit registry check', () => {
  it('says how signatures are listed, and stores nothing', async () => {
    const { run, push, registry } = await createTrustingMachine();
    const reference = await push();
    registry.switches.referrersApi = false;
    registry.requests.length = 0;
    const { code, stdout } = await run(['registry', 'check', reference]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^list of signatures +fallback tag +no referrers API *$/m);
    expect(stdout).toMatch(/^deletion +unknown +only --write can tell *$/m);
    expect(stdout).toMatch(/^signatures listed again +unknown +only --write or a signed image can tell *$/m);
    expect(new Set(registry.requests.map(({ method }) => method))).not.toContain('PUT');
  });

  it('stores a probe with --write, removes it, and says what it found', async () => {
    const { run, push, registry } = await createTrustingMachine();
    await push();
    const { code, stdout } = await run([
      'registry',
      'check',
      '--write',
      '-o',
      'json',
      `${registry.host}/team/app`,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      artifactTypeManifests: { status: 'yes' },
      probe: { removed: true },
    });
  });

  it('says with --write why something cannot be done, and not that only --write can tell', async () => {
    const { run, push, registry } = await createTrustingMachine();
    await push();
    registry.switches.intercept = ({ method }, response) => {
      if (method === 'DELETE') response.writeHead(405).end();
      return method === 'DELETE';
    };
    const { stdout, stderr } = await run(['registry', 'check', '--write', `${registry.host}/team/app`]);
    expect(stdout).toMatch(/^deletion +no +.*\[ERR_DELETION_UNSUPPORTED\] *$/m);
    expect(stdout).not.toContain('can tell');
    expect(stderr).toContain('these manifests of the probe are left: sha256:');
  });

  it('exits with 3 if the registry is down', async () => {
    const { run } = await createTrustingMachine();
    expect((await run(['registry', 'check', '127.0.0.1:9/team/app'])).code).toBe(3);
  });
});
