import type { CborValue } from '../../../src/envelope/cbor-encode.ts';
import type { CoseParts, Envelope, JwsParts } from '../support/forge-envelope.ts';
import { acme, coseFor, jwsFor, pushSignature, stranger } from '../support/signatures.ts';
import type { Target, VerdictCase } from '../support/verdict.ts';

const FAILED = /integrity|signature verification failed/;
const broken = { expect: 'rejected', says: FAILED, code: 'ERR_SIGNATURE_INVALID' } as const;
const malformed = { expect: 'rejected', says: FAILED, code: 'ERR_ENVELOPE_INVALID' } as const;
const badChain = { expect: 'rejected', says: FAILED, code: 'ERR_CERTIFICATE_CHAIN_INVALID' } as const;

const pushing = (make: (target: Target) => Envelope) => ({
  sign: (target: Target) => pushSignature(target, make(target)),
});
const jws = (tamper: (parts: JwsParts) => object) => pushing((target) => jwsFor(target, {}, tamper));
const cose = (tamper: (parts: CoseParts) => CoseParts) => pushing((target) => coseFor(target, {}, tamper));

/** Decodes, changes and encodes again a part of a JWS that is JSON. */
const edit = (part: string, change: (json: string) => string) =>
  Buffer.from(change(Buffer.from(part, 'base64url').toString())).toString('base64url');
const flip = (bytes: Uint8Array, at = bytes.length - 1) =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
const flipText = (part: string) => Buffer.from(flip(Buffer.from(part, 'base64url'))).toString('base64url');
/** The offset of the last byte of the signing time, which follows its name, a tag and a head. */
const endOfSigningTime = (head: Uint8Array) =>
  Buffer.from(head).indexOf('notary.signingTime') + 'notary.signingTime'.length + 5;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const withChain = (parts: JwsParts, chain: readonly Uint8Array[]) => ({
  ...parts,
  header: { ...parts.header, x5c: chain.map(base64) },
});
const withCoseChain = ([head, unprotected, ...rest]: CoseParts, chain: CborValue): CoseParts => [
  head,
  new Map([...unprotected, [33, chain]]),
  ...rest,
];

const chain = acme.chain.map(({ der }) => der);
const [leaf = new Uint8Array(), ...above] = chain;
const replaceDigit = (json: string) => json.replace(/"size":\d/, '"size":9');

/** Envelopes that were changed after they were signed. */
export const tamperingCases: readonly VerdictCase[] = [
  {
    name: 'the payload of a JWS',
    ...jws((parts) => ({ ...parts, payload: edit(parts.payload, replaceDigit) })),
    ...broken,
  },
  {
    name: 'the payload of a COSE',
    ...cose(([head, map, payload, signature]) => [
      head,
      map,
      Buffer.from(replaceDigit(Buffer.from(payload).toString())),
      signature,
    ]),
    ...broken,
  },
  {
    name: 'the signing time of a JWS',
    ...jws((parts) => ({
      ...parts,
      protected: edit(parts.protected, (json) => json.replace(/"20\d\d-/, '"2019-')),
    })),
    ...broken,
  },
  {
    name: 'the signing time of a COSE',
    ...cose(([head, ...rest]) => [flip(head, endOfSigningTime(head)), ...rest]),
    ...broken,
  },
  {
    name: 'the signing scheme of a COSE, which is its last header',
    ...cose(([head, ...rest]) => [flip(head), ...rest]),
    ...malformed,
  },
  {
    name: 'the algorithm of a JWS',
    ...jws((parts) => ({
      ...parts,
      protected: edit(parts.protected, (json) => json.replace('ES256', 'PS256')),
    })),
    ...malformed,
  },
  {
    name: 'the signature of a JWS',
    ...jws((parts) => ({ ...parts, signature: flipText(parts.signature) })),
    ...broken,
  },
  {
    name: 'the signature of a COSE',
    ...cose(([head, map, payload, signature]) => [head, map, payload, flip(signature)]),
    ...broken,
  },
  {
    name: 'the signature of a JWS cut off',
    ...jws((parts) => ({ ...parts, signature: flipText(parts.signature).slice(0, 80) })),
    ...broken,
  },
  {
    name: 'the signature of a COSE cut off',
    ...cose(([head, map, payload, signature]) => [head, map, payload, signature.subarray(1)]),
    ...broken,
  },
  { name: 'the signature of a JWS empty', ...jws((parts) => ({ ...parts, signature: '' })), ...malformed },
  {
    name: 'the signature of a COSE empty',
    ...cose(([head, map, payload]) => [head, map, payload, new Uint8Array()]),
    ...malformed,
  },
  {
    name: 'r and s of a JWS in the other order',
    ...jws((parts) => {
      const bytes = Buffer.from(parts.signature, 'base64url');
      return {
        ...parts,
        signature: Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString('base64url'),
      };
    }),
    ...broken,
  },
  {
    name: 'the signature of another key',
    ...pushing((target) => jwsFor(target, { key: stranger.leaf.key.privateKey })),
    ...broken,
  },
  {
    name: 'the leaf of a JWS for a stranger',
    ...jws((parts) =>
      withChain(
        parts,
        stranger.chain.map(({ der }) => der),
      ),
    ),
    ...broken,
  },
  {
    name: 'the leaf of a COSE for a stranger',
    ...cose((parts) =>
      withCoseChain(
        parts,
        stranger.chain.map(({ der }) => der),
      ),
    ),
    ...broken,
  },
  {
    name: 'a bit of the leaf of a JWS',
    ...jws((parts) => withChain(parts, [flip(leaf), ...above])),
    ...badChain,
  },
  {
    name: 'a bit of the leaf of a COSE',
    ...cose((parts) => withCoseChain(parts, [flip(leaf), ...above])),
    ...badChain,
  },
  {
    name: 'a leaf that is cut off',
    ...jws((parts) => withChain(parts, [leaf.subarray(0, -9), ...above])),
    expect: 'rejected',
    says: FAILED,
    code: 'ERR_CERTIFICATE_INVALID',
  },
  {
    name: 'a leaf with something after it',
    ...jws((parts) => withChain(parts, [Buffer.concat([leaf, Uint8Array.of(0)]), ...above])),
    expect: 'rejected',
    says: FAILED,
    code: 'ERR_CERTIFICATE_INVALID',
  },
  { name: 'no certificate in a JWS', ...jws((parts) => withChain(parts, [])), ...malformed },
  { name: 'no certificate in a COSE', ...cose((parts) => withCoseChain(parts, [])), ...malformed },
  { name: 'no x5c in a JWS', ...jws(({ header: _, ...parts }) => ({ ...parts, header: {} })), ...malformed },
  {
    name: 'the signing agent, which is not signed',
    ...jws((parts) => ({
      ...parts,
      header: { ...parts.header, 'io.cncf.notary.signingAgent': 'someone else' },
    })),
    expect: 'verified',
  },
  {
    name: 'no signing agent',
    ...cose(([head, map, ...rest]) => [head, new Map([...map].filter(([label]) => label === 33)), ...rest]),
    expect: 'verified',
  },
  {
    name: 'a malformed timestamp that the policy does not require',
    ...jws((parts) => ({
      ...parts,
      header: { ...parts.header, 'io.cncf.notary.timestampSignature': base64(leaf.subarray(0, 8)) },
    })),
    expect: 'verified',
  },
  {
    name: 'the envelope cut off',
    ...pushing((target) => ({ ...jwsFor(target), bytes: jwsFor(target).bytes.subarray(0, -20) })),
    ...malformed,
  },
  {
    name: 'an empty envelope',
    ...pushing((target) => ({ ...jwsFor(target), bytes: new Uint8Array() })),
    ...malformed,
  },
  {
    name: 'a COSE that is declared a JWS',
    ...pushing((target) => ({ ...coseFor(target), mediaType: 'application/jose+json' })),
    ...malformed,
  },
  {
    name: 'a JWS that is declared a COSE',
    ...pushing((target) => ({ ...jwsFor(target), mediaType: 'application/cose' })),
    ...malformed,
  },
];
