import { OctetString } from 'asn1js';
import { Attribute, CertBag, PFX, PKCS8ShroudedKeyBag, PrivateKeyInfo, SafeBag, SafeContents } from 'pkijs';
import { toDer } from '../../src/asn1/ber.ts';
import { contextTag, DerReader, Tag } from '../../src/asn1/der-reader.ts';
import { Oid } from '../../src/asn1/oids.ts';
import { readOid } from '../../src/asn1/values.ts';
import { decodePem } from '../../src/encoding/pem.ts';
import { readPkcs12 } from '../../src/keys/pkcs12/read-pkcs12.ts';
import { forgeChain } from '../support/forge.ts';
import {
  certificateBag,
  encrypt,
  encryptedPart,
  keyBag,
  nestedBag,
  pfx,
  plainPart,
  shroudedKeyBag,
} from '../support/forge-pkcs12.ts';
import { type Comparison, DER_RULES, type KeptPart, type OurReading } from './compare.ts';
import { contentOf, hexOf, keptCertificate } from './pkijs.ts';

const RULES = {
  what: 'PKCS #12 file',
  code: 'ERR_KEY_INVALID',
  maxBytes: 1_000_000,
  streamed: true,
} as const;
const PASSPHRASE = 'ü secret';
const { chain, leaf, root } = forgeChain();
const [key, other] = [leaf, root].map(
  ({ privateKey }) => new Uint8Array(decodePem(privateKey)[0]?.der ?? []),
);
if (!key || !other) throw new Error('there is no key');
const bags = chain.map(({ der }) => certificateBag(der));

/** Changed files have no MAC, which would not fit, and are not encrypted. */
const seeds = [
  await pfx([plainPart(keyBag(key, 'release')), plainPart(...bags)]),
  await pfx([plainPart(keyBag(other, 'test'), nestedBag(nestedBag(keyBag(key, 'release')), ...bags))]),
];
const unchanged = [
  await pfx([plainPart(keyBag(key, 'release')), plainPart(...bags)], PASSPHRASE),
  await pfx(
    [
      plainPart(shroudedKeyBag(await encrypt(key, PASSPHRASE), 'release'), keyBag(other)),
      await encryptedPart(PASSPHRASE, ...bags),
    ],
    PASSPHRASE,
  ),
];

async function ours(bytes: Uint8Array): Promise<OurReading> {
  const content = await readPkcs12(bytes, { passphrase: PASSPHRASE, friendlyName: 'release' });
  return {
    fields: { key: keyFieldsOf(content.privateKey), certificates: content.certificates.map(hexOf) },
    kept: keptIn(toDer(bytes, RULES)),
  };
}

/** Keys, certificates, attributes, and bags of other kinds, unless they are encrypted. */
function keptIn(file: Uint8Array): KeptPart[] {
  const reader = new DerReader(file, RULES.what, RULES.code).enter(Tag.sequence);
  reader.read();
  const parts = reader.inside(dataIn(reader.enter(Tag.sequence)) ?? new Uint8Array()).enter(Tag.sequence);
  const kept: KeptPart[] = [];
  while (!parts.done) {
    const contents = dataIn(parts.enter(Tag.sequence));
    if (contents) kept.push(...bagsIn(parts.inside(contents)));
  }
  return kept;
}

function dataIn(info: DerReader): Uint8Array | undefined {
  return readOid(info) === Oid.data ? info.enter(contextTag(0)).read(Tag.octetString).content : undefined;
}

function bagsIn(reader: DerReader): KeptPart[] {
  const list = reader.enter(Tag.sequence);
  const kept: KeptPart[] = list.done
    ? [{ what: 'an empty list of bags', bytes: list.rest(), read: refuse }]
    : [];
  while (!list.done) {
    const { bytes, content } = list.read(Tag.sequence);
    const bag = list.inside(content);
    const type = readOid(bag);
    const value = bag.enter(contextTag(0));
    if (type === Oid.safeContentsBag) kept.push(...bagsIn(value));
    else if (type === Oid.keyBag) kept.push({ what: 'a key', bytes: value.rest(), read: readKey });
    else if (type === Oid.certBag) kept.push(...certificateIn(value.enter(Tag.sequence)));
    else if (type !== Oid.pkcs8ShroudedKeyBag)
      kept.push({ what: 'a bag of another kind', bytes, read: readBag });
    for (const attributes = bag.done ? bag : bag.enter(Tag.set); !attributes.done; ) {
      kept.push({ what: 'an attribute', bytes: attributes.read().bytes, read: readAttribute });
    }
  }
  return kept;
}

function certificateIn(bag: DerReader): KeptPart[] {
  if (readOid(bag) !== Oid.x509Certificate) {
    return [{ what: 'a certificate of another kind', bytes: bag.rest(), read: refuse }];
  }
  return [keptCertificate(bag.enter(contextTag(0)).read(Tag.octetString).content)];
}

const readKey = (bytes: Uint8Array) => PrivateKeyInfo.fromBER(new Uint8Array(bytes));
const readBag = (bytes: Uint8Array) => SafeBag.fromBER(new Uint8Array(bytes));
const readAttribute = (bytes: Uint8Array) => Attribute.fromBER(new Uint8Array(bytes));
const refuse = () => {
  throw new Error('pkijs takes X.509 certificates only, and no list without bags');
};

async function theirs(bytes: Uint8Array): Promise<unknown> {
  const file = PFX.fromBER(new Uint8Array(bytes));
  const password = new TextEncoder().encode(PASSPHRASE).buffer;
  await file.parseInternalValues({ password, checkIntegrity: file.macData !== undefined });
  const safe = file.parsedValue?.authenticatedSafe;
  if (!safe) throw new Error('there is no content');
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
  const all = await Promise.all(
    (safe.parsedValue.safeContents as { value: SafeContents }[]).flatMap(({ value }) =>
      theirBags(value, password),
    ),
  );
  const [chosen, ...others] = all.filter(({ key: one, name }) => one !== undefined && name === 'release');
  if (!chosen || others.length > 0) throw new Error('there is not one key of the name');
  return { key: chosen.key, certificates: all.flatMap(({ certificate }) => certificate ?? []) };
}

interface Encrypted {
  parseInternalValues(parameters: { password: ArrayBuffer }): Promise<void>;
}

interface TheirBag {
  key?: string | undefined;
  name?: string;
  certificate?: string;
}

function theirBags({ safeBags }: SafeContents, password: ArrayBuffer): Promise<TheirBag>[] {
  return safeBags.flatMap((bag) => {
    const { bagValue } = bag;
    if (bagValue instanceof SafeContents) return theirBags(bagValue, password);
    return [theirBag(bag, password)];
  });
}

async function theirBag(
  { bagId, bagValue, bagAttributes }: SafeBag,
  password: ArrayBuffer,
): Promise<TheirBag> {
  const values = bagAttributes?.find(({ type }) => type === Oid.friendlyName)?.values ?? [];
  const name = new TextDecoder('utf-16be').decode(values[0]?.valueBlock.valueHexView);
  if (bagValue instanceof CertBag && bagValue.certValue instanceof OctetString) {
    return { certificate: contentOf(bagValue.certValue) };
  }
  if (bagId === Oid.keyBag && bagValue instanceof PrivateKeyInfo) return { key: keyFields(bagValue), name };
  if (!(bagValue instanceof PKCS8ShroudedKeyBag)) return {};
  // Its types say that the method is protected, but nothing calls it.
  await (bagValue as unknown as Encrypted).parseInternalValues({ password });
  return { key: bagValue.parsedValue && keyFields(bagValue.parsedValue), name };
}

/** The content of a key; pkijs does not keep its bytes. */
const keyFields = ({ privateKeyAlgorithm, privateKey }: PrivateKeyInfo): string =>
  `${privateKeyAlgorithm.algorithmId} ${contentOf(privateKey)}`;

/**
 * The same for a key that our reader keeps as bytes; one that pkijs cannot read is rejected before fields are compared.
 */
function keyFieldsOf(bytes: Uint8Array): string | undefined {
  try {
    return keyFields(readKey(bytes));
  } catch {
    return undefined;
  }
}

/** PKCS #12 files, by pkijs. */
export const pkcs12Files: Comparison = {
  seeds,
  unchanged,
  ours,
  theirs,
  stricter: [...DER_RULES],
  laxer: [],
};
