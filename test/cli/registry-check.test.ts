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
    expect(stdout).toContain('referrers tag');
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

  it('exits with 3 if the registry is down', async () => {
    const { run } = await createTrustingMachine();
    expect((await run(['registry', 'check', '127.0.0.1:9/team/app'])).code).toBe(3);
  });
});
