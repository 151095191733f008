import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificates } from './certificates.ts';
import { compareFamily, type Findings } from './compare-families.ts';
import { envelopes } from './envelopes.ts';
import { NotationLibraries } from './peer.ts';
import { summarize, writeFindings } from './report.ts';
import { crls, ocspResponses } from './revocation.ts';

/** The seed of a run; DIFFERENTIAL_SEED repeats another one. */
const seed = Number(process.env.DIFFERENTIAL_SEED ?? 1);
/** A part of all cases, such as 0.01 while something is changed. */
const scale = Number(process.env.DIFFERENTIAL_SCALE ?? 1);
/** The number of the first case. */
const first = Number(process.env.DIFFERENTIAL_FIRST ?? 0);

let peer: NotationLibraries;
const all: Findings[] = [];
const started = Date.now();

beforeAll(() => {
  peer = new NotationLibraries();
});

afterAll(async () => {
  await peer.stop();
  await writeFindings(all, { seed, first, scale, seconds: (Date.now() - started) / 1000 });
});

it.each([
  ['envelopes', envelopes, 20_000],
  ['certificate chains', certificates, 10_000],
  ['CRLs', crls, 5000],
  ['OCSP responses', ocspResponses, 5000],
] as const)(
  'decides about changed %s as the libraries of the CLI do, but for the rows of docs/interop.md',
  async (_, family, count) => {
    const findings = await compareFamily(await family(), peer, {
      seed,
      first,
      count: Math.ceil(count * scale),
    });
    all.push(findings);
    expect(summarize(findings)).toEqual([]);
  },
);
