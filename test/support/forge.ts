import { randomBytes } from 'node:crypto';
import { encodePem } from '../../src/encoding/pem.ts';
import * as der from './der.ts';
import { extensions, purposes } from './forge-extensions.ts';
import {
  algorithmIdentifier,
  type ForgedKey,
  type ForgedKeyType,
  type ForgedSignature,
  forgeKey,
  keyIdentifierOf,
  signatureOf,
  signBytes,
  spkiOf,
} from './forge-keys.ts';

export * from './forge-extensions.ts';
export * from './forge-keys.ts';

/** A distinguished name: attributes in the order of the certificate, or DER as it is. */
export type ForgedName = readonly (readonly [type: string, value: string])[] | Uint8Array;

/** The content of a certificate; everything has a default. */
export interface ForgedContent {
  /** `C=US, ST=WA, L=Seattle, O=Notary, CN=<a new number>` by default; a text is the CN of such a name. */
  subject?: ForgedName | string;
  /** The certificate whose subject becomes the issuer and whose key signs; itself by default. */
  issuer?: Forged;
  /** An issuer name other than the subject of `issuer`. */
  issuerName?: ForgedName | string;
  /** A signing key other than that of `issuer`. */
  signingKey?: ForgedKey;
  /**
   * The subject's key, or its kind; a new `EC-256` by default. Of a kind of RSA, the same key for the same
   * `subject` text: see {@link forgeKey} for another one.
   */
  key?: ForgedKey | ForgedKeyType;
  /** PKCS#1 v1.5 with SHA-256, or ECDSA with the hash of the curve, by default. */
  signature?: ForgedSignature;
  /** An AlgorithmIdentifier (DER) other than that of `signature`. */
  algorithmIdentifier?: Uint8Array;
  /** Another AlgorithmIdentifier (DER) inside the signed part only. */
  innerAlgorithmIdentifier?: Uint8Array;
  /** Content bytes of the INTEGER; 16 random ones by default. */
  serialNumber?: Uint8Array;
  /** An hour ago by default. */
  notBefore?: Date;
  /** In a day by default. */
  notAfter?: Date;
  /** 3 by default; 1 leaves the extensions out. */
  version?: 1 | 2 | 3 | 4;
  /** See {@link extensions}; none by default. */
  extensions?: readonly Uint8Array[];
  /** Flips a bit of the signature. */
  corruptSignature?: boolean;
}

/** A certificate that was forged. */
export interface Forged {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly key: ForgedKey;
  /** The private key as PKCS#8 in PEM. */
  readonly privateKey: string;
  /** The subject, DER. */
  readonly subject: Uint8Array;
  /** Content bytes of the serial number. */
  readonly serialNumber: Uint8Array;
  /** SHA-1 of the public key bits, which key identifiers are made of. */
  readonly keyIdentifier: Uint8Array;
}

/** A chain that was forged: leaf first, root last. */
export interface ForgedChain {
  readonly chain: readonly Forged[];
  readonly leaf: Forged;
  readonly root: Forged;
  /** The private key of the leaf as PKCS#8 in PEM. */
  readonly privateKey: string;
  /** All certificates in PEM, leaf first. */
  readonly certificates: string;
}

/** Writes and signs a certificate with any content, allowed or not. Without extensions by default. */
export function forgeCertificate(content: ForgedContent = {}): Forged {
  const key =
    typeof content.key === 'object' ? content.key : newKey(content.key ?? 'EC-256', content.subject);
  const subject = nameOf(content.subject ?? randomBytes(4).toString('hex'));
  const signingKey = content.signingKey ?? content.issuer?.key ?? key;
  const signature = content.signature ?? signatureOf(signingKey);
  const algorithm = content.algorithmIdentifier ?? algorithmIdentifier(signature);
  const serialNumber = content.serialNumber ?? Uint8Array.of(0x40, ...randomBytes(15));
  const { version = 3, extensions: list = [] } = content;
  const tbs = der.sequence(
    ...(version > 1 ? [der.explicit(0, der.integer(version - 1))] : []),
    der.integer(serialNumber),
    content.innerAlgorithmIdentifier ?? algorithm,
    content.issuerName === undefined ? (content.issuer?.subject ?? subject) : nameOf(content.issuerName),
    der.sequence(
      der.time(content.notBefore ?? new Date(Date.now() - 3_600_000)),
      der.time(content.notAfter ?? new Date(Date.now() + 86_400_000)),
    ),
    subject,
    spkiOf(key),
    ...(version > 1 && list.length > 0 ? [der.explicit(3, der.sequence(...list))] : []),
  );
  const bits = signBytes(tbs, signingKey, signature);
  if (content.corruptSignature) bits[bits.length - 1] = (bits.at(-1) ?? 0) ^ 1;
  const certificate = der.sequence(tbs, algorithm, der.bitString(bits));
  return {
    der: certificate,
    pem: encodePem('CERTIFICATE', certificate),
    key,
    privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject,
    serialNumber,
    keyIdentifier: keyIdentifierOf(key),
  };
}

function newKey(type: ForgedKeyType, subject: ForgedName | string | undefined): ForgedKey {
  return type.startsWith('RSA') && typeof subject === 'string' ? forgeKey(type, subject) : forgeKey(type);
}

/** A leaf that may sign artifacts, except where `content` says otherwise: its extensions replace the usual ones. */
export function forgeLeaf(content: ForgedContent = {}): Forged {
  return forgeCertificate({
    extensions: [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.codeSigning]),
    ],
    ...content,
  });
}

/** A CA, self-signed without an issuer, except where `content` says otherwise. */
export function forgeAuthority(content: ForgedContent & { pathLength?: number } = {}): Forged {
  const { pathLength, ...rest } = content;
  return forgeCertificate({
    extensions: [
      extensions.basicConstraints({ ca: true, ...(pathLength === undefined ? {} : { pathLength }) }),
      extensions.keyUsage(['keyCertSign', 'cRLSign']),
    ],
    ...rest,
  });
}

/**
 * A chain of a leaf, intermediates and a root that obeys the profile, except where the parameters say otherwise.
 * @param overrides.intermediates - Contents of the intermediates, that below the root last; none by default.
 */
export function forgeChain(
  overrides: { leaf?: ForgedContent; intermediates?: readonly ForgedContent[]; root?: ForgedContent } = {},
): ForgedChain {
  const root = forgeAuthority({ subject: 'Forged Root', ...overrides.root });
  const chain = [root];
  let issuer = root;
  for (const content of [...(overrides.intermediates ?? [])].reverse()) {
    issuer = forgeAuthority({ subject: `Forged Intermediate ${chain.length}`, issuer, ...content });
    chain.unshift(issuer);
  }
  const leaf = forgeLeaf({ subject: 'forged-leaf', issuer, ...overrides.leaf });
  chain.unshift(leaf);
  return {
    chain,
    leaf,
    root,
    privateKey: leaf.privateKey,
    certificates: chain.map(({ pem }) => pem).join(''),
  };
}

const ATTRIBUTE_OIDS: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  POSTALCODE: '2.5.4.17',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
};

/** The name of a test subject, DER, with its values as PrintableString, and otherwise in letters and spaces. */
export function writtenOtherwise(commonName: string): Uint8Array {
  const attribute = (type: string, value: Uint8Array) => der.set(der.sequence(der.oid(type), value));
  return der.sequence(
    attribute('2.5.4.6', der.printableString('us')),
    attribute('2.5.4.8', der.printableString('WA')),
    attribute('2.5.4.7', der.printableString(' seattle')),
    attribute('2.5.4.10', der.printableString('NOTARY')),
    attribute('2.5.4.3', der.printableString(commonName.replace(' ', '  '))),
  );
}

/** A distinguished name, DER: one attribute each, as UTF8String; a text is the CN of a test subject. */
export function nameOf(name: ForgedName | string): Uint8Array {
  if (name instanceof Uint8Array) return name;
  if (typeof name === 'string') {
    return nameOf([
      ['C', 'US'],
      ['ST', 'WA'],
      ['L', 'Seattle'],
      ['O', 'Notary'],
      ['CN', name],
    ]);
  }
  const attributes = name.map(([type, value]) =>
    der.set(der.sequence(der.oid(ATTRIBUTE_OIDS[type] ?? type), der.utf8String(value))),
  );
  return der.sequence(...attributes);
}
