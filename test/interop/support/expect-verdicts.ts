import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseReference, type VerificationReport } from '../../../src/index.ts';
import type { NotationCli } from './notation-cli.ts';
import type { StoredArtifact } from './stores.ts';
import { expectedVerdicts, type Target, type VerdictCase, verifyByCli, verifyHere } from './verdict.ts';

/** Lets both sides verify an artifact whose signatures are there, and expects the verdicts of the case. */
export async function expectVerdicts(
  cli: NotationCli,
  artifact: StoredArtifact,
  verdictCase: VerdictCase,
): Promise<VerificationReport | undefined> {
  const [byCli, here] = [
    await verifyByCli(cli, artifact, verdictCase),
    await verifyHere(cli, artifact, verdictCase),
  ];
  const { says, code, logged = [] } = verdictCase;
  const expected = expectedVerdicts(verdictCase);
  expect({ cli: byCli.verdict, here: here.verdict }, `${byCli.reason}\n${here.reason}`).toEqual({
    cli: expected.cli,
    here: expected.here,
  });
  if (byCli.verdict === 'rejected') expect(byCli.reason).toMatch(says ?? /the case must say why/);
  if (here.verdict === 'rejected') expect(here.reason).toBe(code);
  if (byCli.verdict === 'verified') expect([...byCli.logged].sort()).toEqual([...logged].sort());
  if (here.verdict === 'verified')
    expect([...new Set(here.logged.map(byTheCli))].sort()).toEqual([...logged].sort());
  return here.report;
}

/** The artifact, for cases that push signatures themselves. */
export async function targetOf({ reference, scope, registry, layout }: StoredArtifact): Promise<Target> {
  const parsed = parseReference(reference);
  const repository = registry.repository(parsed);
  const artifact = await repository.resolve(parsed.digest ?? '');
  return { artifact, repository, scope, ...(layout !== undefined && { layout }) };
}

/** Tests that each difference is stricter or required by the specification, and has a row. */
export function describeDifferences(cases: readonly Pick<VerdictCase, 'name' | 'expect'>[]): void {
  const differing = cases.flatMap(({ name, expect }) =>
    typeof expect === 'string' ? [] : [{ name, ...expect }],
  );
  if (differing.length === 0) return;
  describe('differences of the verdicts', () => {
    it.each(differing)(
      'stricter here, or the specification says so: $name',
      ({ cli, here, laxer = false }) => {
        expect({ stricter: here === 'rejected' && cli !== 'rejected' }).toEqual({ stricter: !laxer });
      },
    );

    it.each([...new Set(differing.map(({ row }) => row))])('docs/interop.md has the row %s', async (row) => {
      const document = await readFile(new URL('../../../docs/interop.md', import.meta.url), 'utf8');
      expect(document).toContain(`\`${row}\``);
    });
  });
}

/** The CLI reports trusted identities as part of authenticity. */
function byTheCli(check: string): string {
  return check === 'identity' ? 'authenticity' : check;
}
