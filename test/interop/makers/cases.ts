import { describePeerCases, type PeerCase } from '../support/peer-case.ts';
import { expectedVerdicts } from '../support/verdict.ts';
import type { Maker } from './make.ts';
import { recordRows, type Section } from './table.ts';

/** A signature that both sides verify, one part of whose proof a maker made. */
export interface MakerCase extends Pick<PeerCase, 'expect' | 'says' | 'code' | 'key' | 'status'> {
  maker: Maker;
  /** What the maker is told to make. */
  variant: string;
  /** Why both reject it. */
  why?: string;
}

/** Verifies each case on both sides, and records the verdicts as rows of the section. */
export function describeMakerCases(
  section: Section,
  cases: readonly MakerCase[],
  prepare: (made: MakerCase) => PeerCase['prepare'],
  statement?: PeerCase['statement'],
): void {
  const record = recordRows(section, cases.length);
  const peerCases = cases.map((made) => {
    const what = made.key ? `${made.variant}, ${made.key}` : made.variant;
    return {
      key: 'EC-256' as const,
      ...made,
      what,
      name: `${what}, by ${made.maker}`,
      prepare: prepare(made),
      ...(statement && { statement }),
    };
  });
  describePeerCases(
    { [`${section} that others make`]: peerCases },
    `makers-${section.toLowerCase().replaceAll(' ', '-')}`,
    (passed) => {
      const { cli, here } = expectedVerdicts(passed);
      const why = typeof passed.expect === 'string' ? passed.why : `\`${passed.expect.row}\``;
      record({ maker: passed.maker, what: passed.what, here, peer: `notation: ${cli}`, why });
    },
  );
}
