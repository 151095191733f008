import { expect } from 'vitest';
import { inspect } from '../../../src/index.ts';
import type { NotationCli } from './notation-cli.ts';
import type { StoredArtifact } from './stores.ts';

interface Shown {
  userDefinedAttributes: Record<string, string> | null;
}

/**
 * The signatures in what `notation inspect --output json` printed; it prints null if the artifact has no signed
 * metadata.
 */
export function signaturesIn(printed: string): Shown[] {
  const { Signatures } = JSON.parse(printed) as { Signatures: Shown[] };
  return Signatures.map((shown) => ({ ...shown, userDefinedAttributes: shown.userDefinedAttributes ?? {} }));
}

/** Both show the same of the same number of signatures. */
export async function expectSameInspection(
  artifact: StoredArtifact,
  cli: NotationCli,
  count = 1,
): Promise<void> {
  const { code, stdout, stderr } = await artifact.inspect(cli);
  expect({ code }, stderr).toEqual({ code: 0 });
  const shown = signaturesIn(stdout);
  expect(shown).toHaveLength(count);
  const { reference, registry } = artifact;
  expect(await inspect(reference, { registry })).toEqual(shown);
}
