import { isDeepStrictEqual } from 'node:util';
import type { Family } from './family.ts';
import type { Decision, NotationLibraries } from './peer.ts';
import { Random } from './random.ts';
import { type Difference, explain } from './rows.ts';

const BATCH = 100;

/** What a run found about one family. */
export interface Findings {
  family: string;
  cases: number;
  /** Cases that both sides accept, with the same content. */
  accepted: number;
  /** Cases in which the libraries of the CLI crashed; their verdict does not count. */
  crashed: number;
  /** How many differences each row explains, by direction. */
  explained: Map<string, number>;
  /** Differences that nothing explains. */
  open: { index: number; difference: Difference }[];
}

/** Makes cases and compares both decisions about each. */
export async function compareFamily(
  family: Family,
  peer: NotationLibraries,
  { seed, first, count }: { seed: number; first: number; count: number },
): Promise<Findings> {
  const findings: Findings = {
    family: family.name,
    cases: 0,
    accepted: 0,
    crashed: 0,
    explained: new Map(),
    open: [],
  };
  if (family.setup) {
    const [answer] = await peer.decide([family.setup]);
    if (answer?.verdict !== 'accepted') throw new Error(`the libraries refuse the setup: ${answer?.reason}`);
  }
  for (let start = first; start < first + count; start += BATCH) {
    const size = Math.min(BATCH, first + count - start);
    const cases = Array.from({ length: size }, (_, i) => family.make(new Random(seed, start + i)));
    const [theirs, ours] = await Promise.all([
      peer.decide(cases.map(({ task }) => task)),
      Promise.all(cases.map(({ decide }) => decide())),
    ]);
    for (const [i, mine] of ours.entries()) {
      const other = theirs[i];
      if (!other) throw new Error('an answer is missing');
      record(findings, start + i, mine, other);
    }
  }
  return findings;
}

function record(findings: Findings, index: number, ours: Decision, theirs: Decision): void {
  findings.cases++;
  if (theirs.verdict === 'crashed') findings.crashed++;
  const difference = differenceOf(ours, theirs);
  if (!difference) {
    if (isAcceptance(ours)) findings.accepted++;
    return;
  }
  const row = explain(difference);
  if (row === undefined) findings.open.push({ index, difference });
  else {
    const key = `${difference.direction}\t${row}`;
    findings.explained.set(key, (findings.explained.get(key) ?? 0) + 1);
  }
}

const isAcceptance = ({ verdict }: Decision): boolean => verdict === 'accepted' || verdict === 'good';

/** How two decisions differ, if they do. A failure without a code is a difference of its own. */
function differenceOf(ours: Decision, theirs: Decision): Difference | undefined {
  const found = { ours, theirs };
  if (ours.verdict === 'untyped') return { ...found, direction: 'untyped' };
  if (theirs.verdict === 'crashed') return isAcceptance(ours) ? { ...found, direction: 'laxer' } : undefined;
  if (isAcceptance(ours) && !isAcceptance(theirs)) return { ...found, direction: 'laxer' };
  if (!isAcceptance(ours) && isAcceptance(theirs)) return { ...found, direction: 'stricter' };
  if (ours.verdict !== theirs.verdict) return { ...found, direction: 'other status' };
  const comparable = ours.content !== undefined && theirs.content !== undefined;
  const fields = comparable ? differingFields(sorted(ours.content), sorted(theirs.content)) : '';
  return fields === '' ? undefined : { ...found, direction: 'other content', fields };
}

function differingFields(ours: object, theirs: object): string {
  const [a, b] = [ours, theirs].map((content) => new Map(Object.entries(content)));
  const names = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
  return [...names].filter((name) => !isDeepStrictEqual(a?.get(name), b?.get(name))).join(', ');
}

/** Go has no order of extended attributes. */
function sorted(content: unknown): object {
  if (typeof content !== 'object' || content === null) return { content };
  if (!('extended' in content) || !Array.isArray(content.extended)) return content;
  return { ...content, extended: content.extended.map(String).sort() };
}
