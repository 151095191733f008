import { parseEnvelope } from '../../../src/envelope/envelope.ts';
import { parsePayload } from '../../../src/envelope/payload.ts';
import { parseTrustPolicy } from '../../../src/policy/index.ts';
import { composeVerifier, type Verifier } from '../../../src/verifier/verifier.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/checker.ts';
import { verifyTimestamp } from '../../../src/x509/timestamp/verify-timestamp.ts';
import { createTrustStore } from '../../../src/x509/trust-store.ts';
import { Pairs, Tagged } from '../../envelope/cbor.ts';
import {
  ARTIFACT,
  AUTHORITY_COSE,
  AUTHORITY_JWS,
  epoch,
  forgeCose,
  forgeJws,
  type JwsChanges,
  NAME,
} from '../../envelope/forged.ts';
import type { ForgedChain } from '../../support/forge.ts';
import { forgeTimestampAuthority } from '../../support/forge-timestamp.ts';
import { listVectors, readVector } from '../../support/vectors.ts';
import { type Chain, fixed, forgedChains, testingChain } from './authorities.ts';
import { changedChain } from './certificates.ts';
import { changeBytes, changeSignature } from './change-bytes.ts';
import { changeCbor, parseCbor, withLabel } from './change-cbor.ts';
import { changeJson } from './change-json.ts';
import { base64, decide } from './decide.ts';
import type { Case, Family } from './family.ts';
import type { Decision } from './peer.ts';
import type { Random } from './random.ts';
import { type MakeToken, tokenBy } from './tokens.ts';

const JWS = 'application/jose+json';
const COSE = 'application/cose';
const PLAIN = 'registry.example.com/plain';
const STAMPED = 'registry.example.com/stamped';
const EXPIRY = '2048-01-01T00:00:00Z';

const level = { level: 'strict', override: { revocation: 'skip' } };
const stores = ['ca:differential', 'signingAuthority:differential'];
const statement = { trustedIdentities: ['*'], trustStores: stores, signatureVerification: level };
/** The same policy is in test/interop/notation-libraries/envelope.go. */
const trustPolicy = parseTrustPolicy({
  version: '1.0',
  trustPolicies: [
    { ...statement, name: 'plain', registryScopes: [PLAIN] },
    {
      ...statement,
      name: 'stamped',
      registryScopes: [STAMPED],
      trustStores: [...stores, 'tsa:differential'],
      signatureVerification: { ...level, verifyTimestamp: 'always' },
    },
  ],
});

/** The names of the algorithms by the kind of the leaf's key. */
const ALGORITHMS: Readonly<Record<string, readonly [jws: string, cose: number]>> = {
  'EC-256': ['ES256', -7],
  'EC-384': ['ES384', -35],
  'EC-521': ['ES512', -36],
  'RSA-2048': ['PS256', -37],
};

/** Signed headers and a payload, to be signed with any key. */
interface Seed {
  jws: Record<string, unknown>;
  cose: Uint8Array;
  payload: string;
}

/** What a case changes. */
const PARTS = [
  ...[
    'headers',
    'headers',
    'headers',
    'headers',
    'payload',
    'payload',
    'payload',
    'envelope',
    'envelope',
    'envelope',
  ],
  ...['envelope', 'bytes', 'signature', 'chain', 'chain', 'timestamp', 'timestamp', 'timestamp'],
] as const;
type Part = (typeof PARTS)[number];

/** Signature envelopes that were changed, and signed anew if a signed part was. */
export async function envelopes(): Promise<Family> {
  const chains = [...forgedChains(), await testingChain()];
  const tsa = forgeTimestampAuthority({ leaf: fixed(), root: fixed() });
  const roots = chains.map(({ root }) => root.der);
  const trusted = {
    'ca:differential': roots,
    'signingAuthority:differential': roots,
    'tsa:differential': [tsa.root.der],
  };
  const verifier = composeVerifier({
    trustPolicy,
    trustStore: createTrustStore(trusted),
    timestamp: verifyTimestamp,
    revocation: createRevocationChecker({ fetch: async () => new Response(null, { status: 404 }) }),
  });
  const seeds = allSeeds();
  return {
    name: 'envelopes',
    setup: {
      kind: 'trust',
      stores: { ca: roots.map(base64), signingAuthority: roots.map(base64), tsa: [base64(tsa.root.der)] },
    },
    make(random) {
      const mediaType = random.pick([JWS, COSE]);
      const part = random.pick(PARTS);
      const seed = random.pick(seeds);
      const by = chainFor(random.pick(chains), part, random);
      const token = part === 'timestamp' ? tokenBy(tsa, random) : undefined;
      const envelope = (mediaType === JWS ? changedJws : changedCose)({ seed, by, part, token, random });
      const reference = token ? STAMPED : PLAIN;
      return caseOf(verifier, {
        envelope: part === 'bytes' ? changeBytes(envelope, random) : envelope,
        mediaType,
        reference,
        chain: by.chain.map(({ der }) => der),
        payload: seed.payload,
      });
    },
  };
}

function chainFor(chain: Chain, part: Part, random: Random): ForgedChain {
  const bytes = part === 'chain' ? changedChain(chain, random) : chain.chain.map(({ der }) => der);
  const certificates = chain.chain.map((one, i) => ({ ...one, der: bytes[i] ?? one.der }));
  return { ...chain, chain: certificates, privateKey: '', certificates: '' };
}

/** Headers of each scheme, and those that other programs wrote. */
function allSeeds(): Seed[] {
  const payload = JSON.stringify({ targetArtifact: { ...ARTIFACT, annotations: { 'acme.build': '7' } } });
  const own = [
    { jws: {}, cose: [] },
    {
      jws: { crit: [NAME.scheme, NAME.expiry], [NAME.expiry]: EXPIRY },
      cose: [
        [2, [NAME.scheme, NAME.expiry]],
        [NAME.expiry, epoch(Date.parse(EXPIRY) / 1000)],
      ] as const,
    },
    { jws: AUTHORITY_JWS, cose: AUTHORITY_COSE },
    {
      jws: { crit: [NAME.scheme, 'extended'], extended: 'a' },
      cose: [
        [2, [NAME.scheme, 'extended']],
        ['extended', 'a'],
      ] as const,
    },
    {
      jws: { extended: [1, { a: 'b' }] },
      cose: [
        ['extended', [1, 'a', epoch(1)]],
        [1000, 'b'],
      ] as const,
    },
  ].map(
    ({ jws, cose }): Seed => ({
      jws: JSON.parse(
        Buffer.from(JSON.parse(text(forgeJws({ headers: jws }))).protected, 'base64url').toString(),
      ),
      cose: partsOfCose(forgeCose({ headers: cose })).headers,
      payload,
    }),
  );
  const foreign = listVectors('envelopes/mock').flatMap((name): Seed[] => {
    const envelope = JSON.parse(text(readVector(`envelopes/mock/${name}`)));
    const [jws, signed] = [envelope.protected, envelope.payload].map((part) =>
      Buffer.from(part, 'base64url').toString(),
    );
    if (jws === undefined || signed === undefined || jws.includes(NAME.plugin)) return [];
    return [{ ...own[0], jws: JSON.parse(jws), payload: signed } as Seed];
  });
  const { headers, payload: cosePayload } = partsOfCose(readVector('envelopes/alpine/cose_signature.sig'));
  return [...own, ...own, ...foreign, { ...own[0], cose: headers, payload: text(cosePayload) } as Seed];
}

interface Recipe {
  seed: Seed;
  by: ForgedChain;
  part: Part;
  token: MakeToken | undefined;
  random: Random;
}

function changedJws({ seed, by, part, token, random }: Recipe): Uint8Array {
  const headers = JSON.stringify({ ...seed.jws, alg: ALGORITHMS[by.leaf.key.type]?.[0] });
  const changes: JwsChanges = {
    by,
    headers: part === 'headers' ? changeJson(headers, random) : headers,
    payload: part === 'payload' ? changeJson(seed.payload, random) : seed.payload,
    header: { [NAME.agent]: 'differential/1' },
    ...(part === 'signature' && { signature: (signature) => changeSignature(signature, random) }),
    write: (members) => {
      const { header, signature } = members as { header: object; signature: string };
      const stamp = token && { [NAME.timestamp]: base64(token(Buffer.from(signature, 'base64url'))) };
      const json = JSON.stringify({ ...members, header: { ...header, ...stamp } });
      return part === 'envelope' ? changeJson(json, random) : json;
    },
  };
  return forgeJws(changes);
}

function changedCose({ seed, by, part, token, random }: Recipe): Uint8Array {
  const headers = withLabel(seed.cose, 1, ALGORITHMS[by.leaf.key.type]?.[1] ?? 0);
  const envelope = forgeCose({
    by,
    rawHeaders: part === 'headers' ? changeCbor(headers, random) : headers,
    payload: part === 'payload' ? changeJson(seed.payload, random) : seed.payload,
    unprotected: [[NAME.agent, 'differential/1']],
    ...(part === 'signature' && { signature: (signature) => changeSignature(signature, random) }),
    write: ([protectedHeader, unprotected, payload, signature]) => {
      const { pairs } = unprotected as Pairs;
      const stamp = token ? [[NAME.timestamp, token(signature)] as const] : [];
      return new Tagged(18, [protectedHeader, new Pairs([...pairs, ...stamp]), payload, signature]);
    },
  });
  return part === 'envelope' ? changeCbor(envelope, random) : envelope;
}

interface Envelope {
  envelope: Uint8Array;
  /** The certificates that were put into it, for the reason why the libraries refuse them. */
  chain: readonly Uint8Array[];
  mediaType: string;
  reference: string;
  /** What was signed before anything was changed. */
  payload: string;
}

function caseOf(verifier: Verifier, { envelope, chain, mediaType, reference, payload }: Envelope): Case {
  const { mediaType: type, digest, size } = JSON.parse(payload).targetArtifact;
  const artifact = { mediaType: type, digest, size };
  return {
    task: {
      kind: 'envelope',
      envelope: base64(envelope),
      chain: chain.map(base64),
      mediaType,
      reference,
      target: artifact,
    },
    decide: () =>
      decide(async (): Promise<Decision> => {
        const options = { mediaType, artifact, reference: `${reference}@${digest}` };
        const report = await verifier.evaluateEnvelope(envelope, options);
        if (report.outcome === 'verified')
          return { verdict: 'accepted', content: contentOf(envelope, mediaType) };
        const { code, message } = report.signatures[0]?.reason ??
          report.reason ?? { code: 'none', message: '' };
        return { verdict: 'rejected', reason: `${code}: ${message}` };
      }),
  };
}

function contentOf(bytes: Uint8Array, mediaType: string): unknown {
  const {
    signedAttributes: signed,
    unsignedAttributes,
    certificates,
    payload,
  } = parseEnvelope(bytes, mediaType);
  const { signingTime, authenticSigningTime, expiry, extended } = signed;
  const { mediaType: type, digest, size, annotations } = parsePayload(payload);
  return {
    scheme: signed.signingScheme,
    signingTime: (signingTime ?? authenticSigningTime)?.getTime(),
    ...(expiry && { expiry: expiry.getTime() }),
    ...(unsignedAttributes.signingAgent && { agent: unsignedAttributes.signingAgent }),
    extended: extended.map(({ key, critical }) => [String(key), critical]),
    chain: certificates.length,
    artifact: {
      mediaType: type,
      digest,
      size,
      ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** The signed parts of a COSE envelope. */
function partsOfCose(bytes: Uint8Array): { headers: Uint8Array; payload: Uint8Array } {
  const [list] = parseCbor(bytes).items;
  const [headers, , payload] = list?.items ?? [];
  return { headers: headers?.content ?? bytes, payload: payload?.content ?? bytes };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
