import { constants, sign } from 'node:crypto';
import { PAYLOAD_MEDIA_TYPE } from '../../src/envelope/payload.ts';
import { type ForgedChain, type ForgedKey, forgeChain } from '../support/forge.ts';
import { type Cbor, cbor, join, Pairs, Raw, Tagged } from './cbor.ts';

type Json = Record<string, unknown>;
export type Labels = readonly (readonly [string | number, Cbor | undefined])[];

/** When forged envelopes say that they were signed. */
export const SIGNING_TIME = '2024-05-06T07:08:09Z';
const SIGNING_SECONDS = Date.parse(SIGNING_TIME) / 1000;

export const NAME = {
  scheme: 'io.cncf.notary.signingScheme',
  time: 'io.cncf.notary.signingTime',
  authenticTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  timestamp: 'io.cncf.notary.timestampSignature',
  agent: 'io.cncf.notary.signingAgent',
  plugin: 'io.cncf.notary.verificationPlugin',
} as const;

export const ARTIFACT = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'7'.repeat(64)}`,
  size: 528,
};
export const PAYLOAD = JSON.stringify({ targetArtifact: ARTIFACT });

/** An ES256 chain of leaf and root, the same for a whole test file. */
export const chain: ForgedChain = forgeChain();

/** The changes that forged envelopes of either format may have. */
interface Changes {
  payload?: string | Uint8Array;
  /** The certificate whose key signs, and the certificates to include. */
  by?: ForgedChain;
  /** Bytes of the RSA-PSS salt. */
  saltLength?: number;
  /** Changes the signature. */
  signature?: (signature: Uint8Array) => Uint8Array;
}

/** The changes that a forged JWS may have; `undefined` removes a member. */
export interface JwsChanges extends Changes {
  /** Members of the protected header, or its text. */
  headers?: Json | string;
  /** Members of the unprotected header. */
  header?: Json;
  /** Members of the envelope. */
  members?: Json;
  /** Writes the envelope by other means than JSON.stringify. */
  write?: (members: Json) => string;
}

export function forgeJws(changes: JwsChanges = {}): Uint8Array {
  const { by = chain, headers = {}, payload = PAYLOAD, write = JSON.stringify } = changes;
  const json =
    typeof headers === 'string'
      ? headers
      : JSON.stringify({
          alg: algorithmOf(by.leaf.key).name,
          cty: PAYLOAD_MEDIA_TYPE,
          crit: [NAME.scheme],
          [NAME.scheme]: 'notary.x509',
          [NAME.time]: SIGNING_TIME,
          ...headers,
        });
  const encodedHeaders = base64Url(json);
  const encodedPayload = base64Url(payload);
  const signature = signRaw(
    Buffer.from(`${encodedHeaders}.${encodedPayload}`),
    by.leaf.key,
    changes.saltLength,
  );
  const members = {
    payload: encodedPayload,
    protected: encodedHeaders,
    header: {
      x5c: by.chain.map(({ der }) => Buffer.from(der).toString('base64')),
      ...changes.header,
    },
    signature: base64Url(changes.signature?.(signature) ?? signature),
    ...changes.members,
  };
  return new TextEncoder().encode(write(members));
}

/** The changes that a forged COSE_Sign1 may have; `undefined` removes a label. */
export interface CoseChanges extends Changes {
  /** Labels of the protected header, those that are new at the end. */
  headers?: Labels;
  /** The protected header as it is. */
  rawHeaders?: Uint8Array;
  /** Labels of the unprotected header. */
  unprotected?: Labels;
  /** Builds the envelope of its four parts. */
  write?: (
    parts: [protectedHeader: Uint8Array, unprotected: Cbor, payload: Uint8Array, signature: Uint8Array],
  ) => Cbor;
}

export function forgeCose(changes: CoseChanges = {}): Uint8Array {
  const { by = chain, payload: given = PAYLOAD, write = (parts) => new Tagged(18, parts) } = changes;
  const payload = typeof given === 'string' ? new TextEncoder().encode(given) : given;
  const headers =
    changes.rawHeaders ??
    cbor(
      labelled(
        [
          [1, algorithmOf(by.leaf.key).cose],
          [2, [NAME.scheme]],
          [3, PAYLOAD_MEDIA_TYPE],
          [NAME.scheme, 'notary.x509'],
          [NAME.time, new Tagged(1, SIGNING_SECONDS)],
        ],
        changes.headers,
      ),
    );
  const signed = cbor(['Signature1', headers, new Uint8Array(), payload]);
  const signature = signRaw(signed, by.leaf.key, changes.saltLength);
  const unprotected = labelled([[33, by.chain.map(({ der }) => der)]], changes.unprotected);
  return cbor(write([headers, unprotected, payload, changes.signature?.(signature) ?? signature]));
}

/** A time in the encoding of COSE. */
export const epoch = (seconds: number): Tagged => new Tagged(1, seconds);
/** Bytes that are written in place of an item. */
export const raw = (...parts: Uint8Array[]): Raw => new Raw(...join(...parts));

/** The attributes of a forged envelope of the other signing scheme. */
export const AUTHORITY_JWS = {
  crit: [NAME.scheme, NAME.authenticTime],
  [NAME.scheme]: 'notary.x509.signingAuthority',
  [NAME.time]: undefined,
  [NAME.authenticTime]: SIGNING_TIME,
};
export const AUTHORITY_COSE: Labels = [
  [2, [NAME.scheme, NAME.authenticTime]],
  [NAME.scheme, 'notary.x509.signingAuthority'],
  [NAME.time, undefined],
  [NAME.authenticTime, new Tagged(1, SIGNING_SECONDS)],
];

function labelled(usual: Labels, changes: Labels = []): Pairs {
  const labels = new Map<string | number, Cbor | undefined>([...usual, ...changes]);
  return new Pairs(
    [...labels].flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const])),
  );
}

function algorithmOf({ type }: ForgedKey): { name: string; cose: number; hash: string } {
  const row = {
    'RSA-2048': { name: 'PS256', cose: -37, hash: 'sha256' },
    'RSA-3072': { name: 'PS384', cose: -38, hash: 'sha384' },
    'RSA-4096': { name: 'PS512', cose: -39, hash: 'sha512' },
    'EC-256': { name: 'ES256', cose: -7, hash: 'sha256' },
    'EC-384': { name: 'ES384', cose: -35, hash: 'sha384' },
    'EC-521': { name: 'ES512', cose: -36, hash: 'sha512' },
  }[String(type)];
  return row ?? { name: 'PS256', cose: -37, hash: 'sha256' };
}

function signRaw(bytes: Uint8Array, key: ForgedKey, saltLength?: number): Uint8Array {
  const { name, hash } = algorithmOf(key);
  const options = name.startsWith('PS')
    ? {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : { dsaEncoding: 'ieee-p1363' as const };
  return new Uint8Array(sign(hash, bytes, { key: key.privateKey, ...options }));
}

function base64Url(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64url');
}
