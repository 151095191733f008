import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/encoding/bytes.ts';
import type { Descriptor } from '../../src/encoding/descriptor.ts';
import { parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import type { SignatureEnvelope } from '../../src/envelope/model.ts';
import { parsePayload } from '../../src/envelope/payload.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { parseTrustPolicy } from '../../src/policy/index.ts';
import { composeVerifier } from '../../src/verifier/verifier.ts';
import { createTrustStore } from '../../src/x509/trust-store.ts';
import { head, join as joinBytes, Pairs, Raw, Tagged } from '../envelope/cbor.ts';
import {
  ARTIFACT,
  AUTHORITY_COSE,
  AUTHORITY_JWS,
  epoch,
  forgeCose,
  forgeJws,
  NAME,
} from '../envelope/forged.ts';
import { mutate, mutation } from '../envelope/mutate.ts';
import * as der from '../support/der.ts';
import { extensions, type Forged, type ForgedChain, forgeChain, forgeKey, spkiOf } from '../support/forge.ts';
import { listVectors, readVector } from '../support/vectors.ts';

const JWS = 'application/jose+json';
const COSE = 'application/cose';
const REFERENCE = 'registry.example.com/fuzz';
const MUTATED_RUNS = 20_000;
const RANDOM_RUNS = 4000;
const MAX_MILLISECONDS = 1000;
const MAX_MEBIBYTES = 64;

interface Seed {
  bytes: Uint8Array;
  mediaType: string;
  envelope: SignatureEnvelope;
  artifact: Descriptor;
}

async function seedOf(bytes: Uint8Array): Promise<Seed[]> {
  const mediaType = bytes[0] === 0xd2 ? COSE : JWS;
  try {
    const envelope = parseEnvelope(bytes, mediaType);
    await verifyIntegrity(envelope);
    return [{ bytes, mediaType, envelope, artifact: parsePayload(envelope.payload) }];
  } catch (error) {
    if (isNotationError(error)) return []; // those that are broken on purpose
    throw error;
  }
}

/** Envelopes made by others, and one of each kind made here. */
async function loadSeeds(): Promise<Seed[]> {
  const directories = ['envelopes/mock', 'envelopes/alpine', 'timestamp/sigEnv'];
  const foreign = directories.flatMap((directory) =>
    listVectors(directory).map((name) => readVector(`${directory}/${name}`)),
  );
  const kinds = ['RSA-2048', 'RSA-3072', 'EC-256', 'EC-384', 'EC-521'] as const;
  const chains = kinds.map((key) =>
    forgeChain({ leaf: { key }, intermediates: key === 'EC-256' ? [{}, {}] : [] }),
  );
  const own = chains.flatMap((by) => [forgeJws({ by }), forgeCose({ by })]);
  const header = { [NAME.agent]: 'agent/1', [NAME.timestamp]: 'MAA=' };
  const others = [
    forgeJws({ headers: { ...AUTHORITY_JWS, extended: [1, { a: null }] }, header }),
    forgeCose({
      headers: [
        ...AUTHORITY_COSE,
        [NAME.expiry, epoch(4e9)],
        [2, [NAME.scheme, NAME.authenticTime, NAME.expiry]],
        ['extended', [1, 'a', epoch(1.5)]],
      ],
      unprotected: [
        [NAME.agent, 'agent/1'],
        [4, new Uint8Array(4)],
      ],
    }),
  ];
  return (await Promise.all([...foreign, ...own, ...others].map(seedOf))).flat();
}

const policy = parseTrustPolicy({
  version: '1.0',
  trustPolicies: [
    {
      name: 'fuzz',
      registryScopes: ['*'],
      signatureVerification: { level: 'audit' },
      trustStores: ['ca:fuzz', 'signingAuthority:fuzz'],
      trustedIdentities: ['*'],
    },
  ],
});

describe('the verifier under mutated envelopes', () => {
  let seeds: Seed[] = [];
  let verifier: ReturnType<typeof composeVerifier>;

  beforeAll(async () => {
    seeds = await loadSeeds();
    const trusted = seeds.flatMap(({ envelope }) =>
      envelope.certificates.slice(-1).map((certificate) => certificate.der),
    );
    verifier = composeVerifier({
      trustStore: createTrustStore({ 'ca:fuzz': trusted, 'signingAuthority:fuzz': trusted }),
      trustPolicy: policy,
    });
  }, 120_000);

  /** Verifies an input; anything but a verdict, and a verdict that takes too long, is a failure. */
  async function verdictOf(bytes: Uint8Array, mediaType: string, artifact: Descriptor) {
    const options = { mediaType, artifact, reference: REFERENCE };
    const started = performance.now();
    const report = await verifier.evaluateEnvelope(bytes, options);
    const elapsed = performance.now() - started;
    // Repeated, because the machine may have been busy.
    const again = elapsed > MAX_MILLISECONDS ? performance.now() : undefined;
    if (again !== undefined) {
      await verifier.evaluateEnvelope(bytes, options);
      expect(performance.now() - again).toBeLessThan(MAX_MILLISECONDS);
    }
    expect(['verified', 'rejected']).toContain(report.outcome);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    return report;
  }

  it('verifies the seeds, except those that require a plugin', async () => {
    expect(seeds.length).toBeGreaterThan(30);
    for (const { bytes, mediaType, artifact, envelope } of seeds) {
      const plugin = envelope.signedAttributes.extended.some(({ critical }) => critical);
      const report = await verdictOf(bytes, mediaType, artifact);
      expect(report.outcome).toBe(plugin ? 'rejected' : 'verified');
    }
  });

  it(`never verifies what was not signed, in ${MUTATED_RUNS} mutations`, async () => {
    const input = fc.tuple(fc.nat(), fc.nat(), fc.array(mutation, { minLength: 1, maxLength: 4 }));
    const counts = { verified: 0, rejected: 0, intact: 0 };
    await fc.assert(
      fc.asyncProperty(input, async ([first, second, mutations]) => {
        const [seed, other] = [seeds[first % seeds.length], seeds[second % seeds.length]];
        if (!seed || !other) throw new Error('there are no seeds');
        const bytes = mutate(seed.bytes, other.bytes, mutations);
        const report = await verdictOf(bytes, seed.mediaType, seed.artifact);
        if (report.outcome === 'rejected') {
          counts.rejected++;
          return;
        }
        counts.verified++;
        const envelope = parseEnvelope(bytes, seed.mediaType);
        const same = seeds.find((candidate) => isSame(candidate.envelope, envelope));
        expect(same?.artifact).toEqual(seed.artifact);
      }),
      { numRuns: MUTATED_RUNS },
    );
    expect(counts.verified + counts.rejected).toBeGreaterThanOrEqual(MUTATED_RUNS);
    expect(counts.rejected).toBeGreaterThan(MUTATED_RUNS / 2);
  }, 600_000);

  it(`rejects ${RANDOM_RUNS} inputs of random bytes`, async () => {
    const start = fc.constantFrom(
      [],
      [0xd2, 0x84],
      [0xd2, 0x84, 0x40, 0xa0],
      [...Buffer.from('{"payload":"')],
    );
    const input = fc.tuple(
      start,
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom(JWS, COSE, 'text/plain', ''),
    );
    await fc.assert(
      fc.asyncProperty(input, async ([prefix, bytes, mediaType]) => {
        const report = await verdictOf(Uint8Array.of(...prefix, ...bytes), mediaType, ARTIFACT);
        expect(report.outcome).toBe('rejected');
      }),
      { numRuns: RANDOM_RUNS },
    );
  }, 600_000);

  it('never verifies a mutated payload under any signature that is there', async () => {
    for (const { bytes, mediaType, artifact } of seeds.filter((seed) => seed.mediaType === JWS)) {
      const envelope: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
      const other = { ...artifact, digest: `sha256:${'0'.repeat(64)}` };
      const payload = Buffer.from(JSON.stringify({ targetArtifact: other })).toString('base64url');
      const changed = new TextEncoder().encode(JSON.stringify({ ...envelope, payload }));
      expect((await verdictOf(changed, mediaType, other)).outcome).toBe('rejected');
    }
  }, 120_000);
});

/** Everything that trust is based on. */
function isSame(a: SignatureEnvelope, b: SignatureEnvelope): boolean {
  return (
    a.algorithm === b.algorithm &&
    equalBytes(a.signedBytes, b.signedBytes) &&
    equalBytes(a.signature, b.signature) &&
    a.certificates.length === b.certificates.length &&
    a.certificates.every((certificate, i) =>
      equalBytes(certificate.der, b.certificates[i]?.der ?? new Uint8Array()),
    )
  );
}

/** Envelopes that are made to cost: each has a valid signature if that is possible, so that it is read to the end. */
const COSTLY: Record<string, () => readonly [bytes: Uint8Array, mediaType: string]> = {
  'arrays nested three million times': () => [text('['.repeat(3_000_000)), JWS],
  'objects nested three million times': () => [text('{"a":'.repeat(3_000_000)), JWS],
  'eight million values': () => [text(`[${'0,'.repeat(8_000_000)}0]`), JWS],
  'a number of sixteen million digits': () => [text(`{"a":${'1'.repeat(16_000_000)}}`), JWS],
  '32 MiB of white space': () => [text(' '.repeat(32 * 1024 * 1024)), JWS],
  'more than 32 MiB': () => [text(' '.repeat(32 * 1024 * 1024 + 1)), JWS],
  'a header of 15 MiB': () => [forgeJws({ header: { a: 'a'.repeat(15_000_000) } }), JWS],
  'a header of 15 MiB that is not ASCII': () => [forgeJws({ header: { a: 'é€'.repeat(3_000_000) } }), JWS],
  'a header of escapes': () => [
    forgeJws({
      write: (m) => JSON.stringify(m).replace('"x5c"', `"a":"${'\\u00e9'.repeat(2_500_000)}","x5c"`),
    }),
    JWS,
  ],
  '390 000 unprotected headers': () => [forgeJws({ header: numbered(390_000, 0) }), JWS],
  '90 000 protected headers, all critical': () => [
    forgeJws({
      headers: { ...numbered(45_000, 0), crit: [NAME.scheme, ...Object.keys(numbered(45_000, 0))] },
    }),
    JWS,
  ],
  '9 000 protected headers': () => [forgeJws({ headers: numbered(9000, 0) }), JWS],
  '300 000 certificates': () => [forgeJws({ header: { x5c: new Array(300_000).fill('') } }), JWS],
  'a certificate of 15 MiB': () => [forgeJws({ header: { x5c: ['A'.repeat(4 * 4_000_000)] } }), JWS],
  'a timestamp of 15 MiB': () => [forgeJws({ header: { [NAME.timestamp]: 'A'.repeat(4 * 3_500_000) } }), JWS],
  'a signature of 15 MiB': () => [forgeJws({ signature: () => new Uint8Array(11_000_000) }), JWS],
  '200 000 annotations': () => [
    forgeJws({ payload: payloadOf({ annotations: numbered(200_000, 'a') }) }),
    JWS,
  ],
  '9 000 annotations': () => [forgeCose({ payload: payloadOf({ annotations: numbered(9000, 'a') }) }), COSE],
  'a payload of 4 MiB': () => [forgeCose({ payload: payloadOf({ data: 'a'.repeat(4_000_000) }) }), COSE],
  'an annotation of 4 MiB': () => [
    forgeJws({ payload: payloadOf({ annotations: { a: 'ü'.repeat(2_000_000) } }) }),
    JWS,
  ],
  'a payload nested to its end': () => [forgeCose({ payload: '['.repeat(4_000_000) }), COSE],
  'CBOR nested a million times': () => [
    joinBytes(Uint8Array.of(0xd2, 0x84), new Uint8Array(1_000_000).fill(0x81)),
    COSE,
  ],
  'CBOR maps nested a million times': () => [
    joinBytes(Uint8Array.of(0xd2, 0x84), new Uint8Array(1_000_000).fill(0xa1)),
    COSE,
  ],
  'a CBOR array that claims four billion items': () => [
    joinBytes(Uint8Array.of(0xd2, 0x84), head(4, 0xffffffff, 4)),
    COSE,
  ],
  'CBOR bytes that claim four gigabytes': () => [
    joinBytes(Uint8Array.of(0xd2, 0x84), head(2, 0xffffffff, 4)),
    COSE,
  ],
  'eight million CBOR items': () => [
    forgeCose({ unprotected: [['a', new Raw(...head(4, 30_000), ...new Uint8Array(30_000))]] }),
    COSE,
  ],
  'a CBOR byte string of 32 MiB': () => [
    forgeCose({ unprotected: [['a', new Uint8Array(33_500_000)]] }),
    COSE,
  ],
  'CBOR text of 32 MiB': () => [forgeCose({ unprotected: [['a', 'é'.repeat(16_000_000)]] }), COSE],
  '9 000 CBOR byte strings of 32 MiB': () => [
    forgeCose({ unprotected: [['a', new Array<Uint8Array>(9000).fill(new Uint8Array(3600))]] }),
    COSE,
  ],
  'a CBOR map of 4 900 keys': () => [
    forgeCose({ unprotected: [['a', new Pairs(Array.from({ length: 4900 }, (_, i) => [i, 0] as const))]] }),
    COSE,
  ],
  '3 000 CBOR headers, all critical': () => {
    const names = Object.keys(numbered(3000, 0));
    return [
      forgeCose({ headers: [[2, [NAME.scheme, ...names]], ...names.map((name) => [name, 0] as const)] }),
      COSE,
    ];
  },
  'a COSE envelope followed by 30 MiB': () => [joinBytes(forgeCose(), new Uint8Array(31_000_000)), COSE],
  'a COSE envelope in itself': () => [forgeCose({ unprotected: [['a', new Tagged(18, [])]] }), COSE],
  'a subject of 2 500 attributes': () => [
    forgeCose({ by: forgeChain({ leaf: { subject: longName(2500) } }) }),
    COSE,
  ],
  'a subject of 60 000 invisible characters': () => [
    forgeCose({ by: forgeChain({ leaf: { subject: [['CN', '\u202e'.repeat(20_000)]] } }) }),
    COSE,
  ],
  '16 certificates of 2 000 attributes each, all of one name': () => {
    const subject = longName(1100);
    const content = { subject };
    return [
      forgeCose({
        by: forgeChain({ leaf: content, root: content, intermediates: new Array(14).fill(content) }),
      }),
      COSE,
    ];
  },
  '16 certificates of 60 kB': () => [
    forgeCose({ by: padded(extensions.of('1.2.3', new Uint8Array(60_000))) }),
    COSE,
  ],
  '16 certificates of 12 000 purposes': () => [
    forgeJws({
      by: padded(
        extensions.of('2.5.29.37', der.sequence(...new Array<Uint8Array>(12_000).fill(der.oid('1.2.3')))),
      ),
    }),
    JWS,
  ],
  '16 certificates of 4 000 addresses': () => [
    forgeJws({ by: padded(extensions.crl(new Array<string>(3000).fill('http://a'))) }),
    JWS,
  ],
  '16 certificates of 60 000 key usages': () => [
    forgeCose({ by: padded(extensions.of('1.2.4', der.bitString(new Uint8Array(60_000)))) }),
    COSE,
  ],
  'a certificate of 1 000 extensions': () => [
    forgeCose({
      by: padded(...Array.from({ length: 1000 }, (_, i) => extensions.of(`1.2.${i}`, der.nullValue()))),
    }),
    COSE,
  ],
  'RSA keys of 16 384 bits': () => [
    forgeCose({ by: hugeKeys(16_384, Uint8Array.of(0x7f, 0xff, 0xff, 0xff)) }),
    COSE,
  ],
  'RSA keys of 16 384 bits with an exponent as long': () => [
    forgeCose({ by: hugeKeys(16_384, new Uint8Array(2048).fill(0x7f)) }),
    COSE,
  ],
  'RSA keys of 400 000 bits': () => [forgeCose({ by: hugeKeys(400_000, Uint8Array.of(3)) }), COSE],
};

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function numbered<T>(count: number, value: T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`member${i}`, value]));
}

function payloadOf(changes: object): string {
  return JSON.stringify({ targetArtifact: { ...ARTIFACT, ...changes } });
}

function longName(count: number): Uint8Array {
  return der.sequence(
    ...Array.from({ length: count }, (_, i) =>
      der.set(der.sequence(der.oid('2.5.4.11'), der.utf8String(`unit ${i}`))),
    ),
  );
}

/** A chain of 16 good certificates with more extensions. */
function padded(...more: Uint8Array[]): ForgedChain {
  const authority = {
    extensions: [extensions.basicConstraints({ ca: true }), extensions.keyUsage(['keyCertSign']), ...more],
  };
  const leaf = { extensions: [extensions.keyUsage(['digitalSignature']), ...more] };
  return forgeChain({ leaf, root: authority, intermediates: new Array(14).fill(authority) });
}

/** A chain of 16 certificates of one name, with forged keys and signatures. */
function hugeKeys(bits: number, exponent: Uint8Array): ForgedChain {
  const modulus = new Uint8Array(bits / 8 + 1).fill(0xd7).with(0, 0);
  const rsa = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
  const key = der.bitString(der.sequence(der.integer(modulus), der.integer(exponent)));
  const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.11'), der.nullValue());
  const certificate = (spki: Uint8Array, ...list: Uint8Array[]) => {
    const validity = der.sequence(der.time(new Date(0)), der.time(new Date(4e12)));
    const name = der.sequence();
    const fields = [der.explicit(0, der.integer(2)), der.integer(1), algorithm, name, validity, name, spki];
    const tbs = der.sequence(...fields, der.explicit(3, der.sequence(...list)));
    return der.sequence(tbs, algorithm, der.bitString(new Uint8Array(bits / 8).fill(0x55)));
  };
  const base = forgeChain({ leaf: { key: forgeKey('RSA-2048') } });
  const authority: Forged = {
    ...base.root,
    der: certificate(
      der.sequence(rsa, key),
      extensions.basicConstraints({ ca: true }),
      extensions.keyUsage(['keyCertSign']),
    ),
  };
  const leaf: Forged = {
    ...base.leaf,
    der: certificate(spkiOf(base.leaf.key), extensions.keyUsage(['digitalSignature'])),
  };
  return { ...base, chain: [leaf, ...new Array<Forged>(15).fill(authority)] };
}

/** Keeps the highest resident size that it sees, about every millisecond. */
const SAMPLER = `
  const { parentPort, workerData: peak } = require('node:worker_threads');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  parentPort.postMessage('ready');
  setInterval(() => {
    const until = performance.now() + 50;
    while (performance.now() < until) {
      peak[0] = Math.max(peak[0], process.memoryUsage.rss());
      Atomics.wait(pause, 0, 0, 1);
    }
  }, 0);
`;

describe('the verifier under envelopes that are made to cost', () => {
  const run = promisify(execFile);
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'notarykit-fuzz-'));
    const repository = fileURLToPath(new URL('../..', import.meta.url));
    const layer = (path: string) => JSON.stringify(join(repository, 'src', path));
    await build({
      stdin: {
        contents: `
          import { once } from 'node:events';
          import { readFile } from 'node:fs/promises';
          import { Worker } from 'node:worker_threads';
          import { composeVerifier } from ${layer('verifier/verifier.ts')};
          import { parseTrustPolicy } from ${layer('policy/index.ts')};
          import { createTrustStore } from ${layer('x509/trust-store.ts')};
          const SAMPLER = ${JSON.stringify(SAMPLER)};
          const [warm, file, mediaType, root] = process.argv.slice(2);
          const verifier = composeVerifier({
            trustStore: createTrustStore({ 'ca:fuzz': await readFile(root, 'utf8') }),
            trustPolicy: parseTrustPolicy(${JSON.stringify({
              version: '1.0',
              trustPolicies: [
                {
                  name: 'fuzz',
                  registryScopes: ['*'],
                  signatureVerification: { level: 'strict' },
                  trustStores: ['ca:fuzz'],
                  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'],
                },
              ],
            })}),
          });
          const options = { mediaType, artifact: ${JSON.stringify(ARTIFACT)}, reference: ${JSON.stringify(REFERENCE)} };
          const verdictOf = async (bytes, type) => verifier.evaluateEnvelope(bytes, { ...options, mediaType: type });
          const honest = await readFile(warm);
          for (let i = 0; i < 20; i++) await verdictOf(honest, 'application/cose');
          const bytes = await readFile(file);
          // The memory of the process is sampled by a thread of its own: the highest value of the system includes its parent.
          const peak = new Float64Array(new SharedArrayBuffer(8));
          const sampler = new Worker(SAMPLER, { eval: true, workerData: peak });
          await once(sampler, 'message');
          gc();
          const before = process.memoryUsage.rss();
          peak[0] = before;
          const started = performance.now();
          const report = await verdictOf(bytes, mediaType);
          const milliseconds = performance.now() - started;
          const mebibytes = (Math.max(peak[0], process.memoryUsage.rss()) - before) / 2 ** 20;
          await sampler.terminate();
          const reason = report.reason;
          console.log(JSON.stringify({ milliseconds, mebibytes, outcome: report.outcome, code: reason?.code, message: reason?.message.length }));
        `,
        resolveDir: repository,
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: join(directory, 'evaluate.mjs'),
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    await writeFile(join(directory, 'honest'), forgeCose());
    await writeFile(join(directory, 'root'), forgeChain().root.pem);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function measure(name: string) {
    const make = COSTLY[name];
    if (!make) throw new Error(`there is no input ${name}`);
    const [bytes, mediaType] = make();
    const input = join(directory, 'input');
    await writeFile(input, bytes);
    const files = [join(directory, 'honest'), input, mediaType, join(directory, 'root')];
    const { stdout } = await run(process.execPath, [
      '--expose-gc',
      join(directory, 'evaluate.mjs'),
      ...files,
    ]);
    return JSON.parse(stdout) as {
      milliseconds: number;
      mebibytes: number;
      outcome: string;
      code?: string;
      message?: number;
    };
  }

  it.each(Object.keys(COSTLY))(
    `rejects it in less than a second and ${MAX_MEBIBYTES} MiB: %s`,
    async (name) => {
      const first = await measure(name);
      // Repeated if it took too long, because the machine may have been busy.
      const { milliseconds } = first.milliseconds > MAX_MILLISECONDS ? await measure(name) : first;
      expect(first.outcome).toBe('rejected');
      expect(first.code).toMatch(/^ERR_/);
      expect(milliseconds).toBeLessThan(MAX_MILLISECONDS);
      expect(first.mebibytes).toBeLessThan(MAX_MEBIBYTES);
    },
    60_000,
  );
});
