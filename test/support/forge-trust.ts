import { createHash } from 'node:crypto';
import { DerReader } from '../../src/asn1/der-reader.ts';
import { readEcdsaSignature } from '../../src/asn1/ecdsa-signature.ts';
import type { MetadataRequest, MetadataSource } from '../../src/dct/source.ts';
import { type ForgedContent, forgeLeaf } from './forge.ts';
import { type ForgedKey, type ForgedKeyType, forgeKey, signBytes, spkiOf } from './forge-keys.ts';

/** The types of key in the metadata of Docker Content Trust. */
export type TrustKeyType = 'ecdsa' | 'ecdsa-x509' | 'rsa' | 'rsa-x509' | 'ed25519';
/** The ways to sign with them. */
export type TrustMethod = 'ecdsa' | 'rsapss' | 'rsapkcs1v15' | 'eddsa';

/** A key with which metadata is signed. */
export interface ForgedTrustKey {
  readonly type: TrustKeyType;
  readonly id: string;
  /** The public key, in the form of its type. */
  readonly bytes: Uint8Array;
  readonly key: ForgedKey;
}

/** One signature of metadata. */
export interface ForgedTrustSignature {
  keyid: string;
  method: string;
  sig: string;
}

const KEY_TYPES: Readonly<Record<TrustKeyType, ForgedKeyType>> = {
  ecdsa: 'EC-256',
  'ecdsa-x509': 'EC-256',
  rsa: 'RSA-2048',
  'rsa-x509': 'RSA-2048',
  ed25519: 'Ed25519',
};

/**
 * Makes a key.
 * @param certificate - The content of the certificate of a type that has one; `subject` is its common name.
 */
export function forgeTrustKey(
  type: TrustKeyType,
  certificate: ForgedContent & { issuers?: string; label?: string } = {},
): ForgedTrustKey {
  const { issuers = '', label, ...content } = certificate;
  const given = typeof content.key === 'object' ? content.key : undefined;
  const key =
    given ?? forgeKey(content.key === undefined ? KEY_TYPES[type] : (content.key as ForgedKeyType), label);
  const bytes = type.endsWith('-x509')
    ? new TextEncoder().encode(forgeLeaf({ notAfter: new Date('2040-01-01'), ...content, key }).pem + issuers)
    : type === 'ed25519'
      ? spkiOf(key).slice(-32)
      : spkiOf(key);
  return { type, id: trustKeyId(type, bytes), bytes, key };
}

/** Returns the identifier of a key. */
export function trustKeyId(type: string, bytes: Uint8Array): string {
  const text = canonicalText({ keytype: type, keyval: { private: null, public: base64(bytes) } });
  return sum('sha256', new TextEncoder().encode(text), 'hex');
}

/** Writes canonical JSON, of names and strings without control characters. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`).join(',')}}`;
}

const USUAL_METHODS: Readonly<Record<TrustKeyType, TrustMethod>> = {
  ecdsa: 'ecdsa',
  'ecdsa-x509': 'ecdsa',
  rsa: 'rsapss',
  'rsa-x509': 'rsapss',
  ed25519: 'eddsa',
};

/** Signs the content of metadata with a key. */
export function signTrust(
  signed: unknown,
  key: ForgedTrustKey,
  method: TrustMethod = USUAL_METHODS[key.type],
): ForgedTrustSignature {
  const message = new TextEncoder().encode(canonicalText(signed));
  return { keyid: key.id, method, sig: base64(rawSignature(message, key, method)) };
}

function rawSignature(message: Uint8Array, { key }: ForgedTrustKey, method: TrustMethod): Uint8Array {
  switch (method) {
    case 'eddsa':
      return signBytes(message, key);
    case 'ecdsa': {
      const der = signBytes(message, key, { name: 'ECDSA', hash: 'SHA-256' });
      const size = Math.ceil(Number(key.type.slice(3)) / 8);
      const raw = readEcdsaSignature(new DerReader(der, 'signature', 'ERR_SIGNATURE_INVALID'), size);
      if (!raw) throw new Error('the signature cannot be read');
      return raw;
    }
    default: {
      const name = method === 'rsapss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
      return signBytes(message, key, { name, hash: 'SHA-256' });
    }
  }
}

/** Writes a file of metadata. */
export function writeTrust(signed: unknown, signatures: readonly ForgedTrustSignature[]): Uint8Array {
  return new TextEncoder().encode(
    `{"signed":${canonicalText(signed)},"signatures":${JSON.stringify(signatures)}}`,
  );
}

/** A tag: its digest as hexadecimal, or the entry of the metadata as it is. */
export type ForgedTag = string | object;

/** A delegation with its metadata. */
export interface ForgedDelegation {
  name: string;
  keys: readonly ForgedTrustKey[];
  threshold?: number;
  paths?: readonly string[] | null;
  /** Without them nothing has been signed. */
  tags?: Readonly<Record<string, ForgedTag>>;
  version?: number;
  expires?: string;
  /** The keys that sign; all keys of the role by default. */
  signers?: readonly ForgedTrustKey[];
  delegations?: readonly ForgedDelegation[];
}

/** The content of the metadata of a GUN; everything has a default. */
export interface ForgedTrustContent {
  gun?: string;
  keys?: Partial<Record<ForgedBaseRole, readonly ForgedTrustKey[]>>;
  thresholds?: Partial<Record<ForgedBaseRole, number>>;
  versions?: Partial<Record<ForgedBaseRole, number>>;
  /** RFC 3339. */
  expires?: Partial<Record<ForgedBaseRole, string>>;
  /** The keys that sign; all keys of the role by default. */
  signers?: Partial<Record<ForgedBaseRole, readonly ForgedTrustKey[]>>;
  tags?: Readonly<Record<string, ForgedTag>>;
  delegations?: readonly ForgedDelegation[];
  /** Changes the content of a role before it is signed. */
  change?: (role: string, signed: Record<string, unknown>) => unknown;
  /** Changes the file of a role before others describe it. */
  changeFile?: (role: string, bytes: Uint8Array) => Uint8Array;
}

export type ForgedBaseRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

/** The metadata of a GUN. */
export interface ForgedTrust {
  readonly gun: string;
  readonly keys: Readonly<Record<ForgedBaseRole, readonly ForgedTrustKey[]>>;
  /** By the names of the files at a server, without `.json`. */
  readonly files: Record<string, Uint8Array>;
}

export const GUN = 'registry.example.com/team/app';
/** The time at which forged metadata is valid. */
export const NOW = new Date('2026-06-01T12:00:00Z');
const EXPIRES = '2026-06-10T14:00:00.123456789+02:00';

/** Makes keys for every role, as `notary` and its server do. */
export function forgeBaseKeys(gun = GUN): ForgedTrust['keys'] {
  return {
    root: [forgeRootKey(gun)],
    targets: [forgeTrustKey('ecdsa')],
    snapshot: [forgeTrustKey('ecdsa')],
    timestamp: [forgeTrustKey('ecdsa')],
  };
}

/** Makes a root key: a certificate for a GUN. */
export function forgeRootKey(gun = GUN, content: Parameters<typeof forgeTrustKey>[1] = {}): ForgedTrustKey {
  const subject = [['CN', gun]] as const;
  return forgeTrustKey('ecdsa-x509', { subject, notBefore: new Date('2026-01-01'), ...content });
}

/** Makes the metadata of a GUN. */
export function forgeTrust(content: ForgedTrustContent = {}): ForgedTrust {
  const { gun = GUN, change = (_, signed) => signed, changeFile = (_, bytes) => bytes } = content;
  const keys = { ...forgeBaseKeys(gun), ...content.keys };
  const files: Record<string, Uint8Array> = {};
  const describe = (role: string) => describeFile(files[role] ?? new Uint8Array());
  const add = (role: string, signed: Record<string, unknown>, signers: readonly ForgedTrustKey[]) => {
    const changed = change(role, signed);
    files[role] = changeFile(
      role,
      writeTrust(
        changed,
        signers.map((key) => signTrust(changed, key)),
      ),
    );
  };
  const common = (role: ForgedBaseRole, type: string) => ({
    _type: type,
    version: content.versions?.[role] ?? 1,
    expires: content.expires?.[role] ?? EXPIRES,
  });
  const signersOf = (role: ForgedBaseRole) => content.signers?.[role] ?? keys[role];
  const roles = Object.fromEntries(
    (Object.keys(keys) as ForgedBaseRole[]).map((role) => [
      role,
      { keyids: keys[role].map(({ id }) => id), threshold: content.thresholds?.[role] ?? 1 },
    ]),
  );
  const root = {
    ...common('root', 'Root'),
    consistent_snapshot: false,
    keys: keyList(Object.values(keys).flat()),
    roles,
  };
  add('root', root, signersOf('root'));
  files[`${root.version}.root`] = files.root ?? new Uint8Array();
  const meta: Record<string, unknown> = { root: describe('root') };
  const addTags = (
    role: string,
    base: object,
    { tags = {}, delegations = [] }: Pick<ForgedDelegation, 'tags' | 'delegations'>,
    signers: readonly ForgedTrustKey[],
  ) => {
    add(role, { ...base, targets: tagEntries(tags), delegations: delegationList(delegations) }, signers);
    meta[role] = describe(role);
    for (const one of delegations) {
      if (!one.tags) continue;
      const facts = { _type: 'Targets', version: one.version ?? 1, expires: one.expires ?? EXPIRES };
      addTags(one.name, facts, one, one.signers ?? one.keys);
    }
  };
  addTags('targets', common('targets', 'Targets'), content, signersOf('targets'));
  add('snapshot', { ...common('snapshot', 'Snapshot'), meta }, signersOf('snapshot'));
  add(
    'timestamp',
    { ...common('timestamp', 'Timestamp'), meta: { snapshot: describe('snapshot') } },
    signersOf('timestamp'),
  );
  return { gun, keys, files };
}

function keyList(keys: readonly ForgedTrustKey[]): object {
  return Object.fromEntries(
    keys.map(({ id, type, bytes }) => [
      id,
      { keytype: type, keyval: { private: null, public: base64(bytes) } },
    ]),
  );
}

function delegationList(delegations: readonly ForgedDelegation[]): object {
  return {
    keys: keyList(delegations.flatMap(({ keys }) => keys)),
    roles: delegations.map(({ name, keys, threshold = 1, paths = [''] }) => ({
      keyids: keys.map(({ id }) => id),
      name,
      paths,
      threshold,
    })),
  };
}

function tagEntries(tags: Readonly<Record<string, ForgedTag>>): object {
  return Object.fromEntries(
    Object.entries(tags).map(([tag, entry]) => [tag, typeof entry === 'string' ? tagEntry(entry) : entry]),
  );
}

/** Makes the entry of a tag. */
export function tagEntry(hex: string, length = 528): object {
  return {
    hashes: {
      sha256: base64(Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))),
    },
    length,
  };
}

/** Describes a file as a snapshot and a timestamp do. */
export function describeFile(bytes: Uint8Array): { hashes: Record<string, string>; length: number } {
  const hashes = { sha256: sum('sha256', bytes, 'base64'), sha512: sum('sha512', bytes, 'base64') };
  return { hashes, length: bytes.length };
}

/** A source of files, which records what is requested. */
export interface ForgedSource extends MetadataSource {
  readonly requests: MetadataRequest[];
}

/** Serves files as a source. */
export function sourceOf({ gun, files }: Pick<ForgedTrust, 'gun' | 'files'>): ForgedSource {
  const requests: MetadataRequest[] = [];
  return {
    gun,
    requests,
    async read(request) {
      requests.push(request);
      const { role, version, maxBytes } = request;
      return files[version === undefined ? role : `${version}.${role}`]?.subarray(0, maxBytes + 1);
    },
  };
}

function sum(name: 'sha256' | 'sha512', bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(name).update(bytes).digest(encoding);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
