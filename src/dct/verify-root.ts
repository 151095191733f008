import { encodeUtf8 } from '../encoding/bytes.ts';
import type { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { metadataError, metadataInvalid, trustError } from './failure.ts';
import { checkExpiry, checkVersion } from './freshness.ts';
import { type RoleKeys, roleKeys, type TrustKey } from './keys.ts';
import { interpret, type Metadata, readMetadata } from './metadata.ts';
import { type PinCheck, pinCheckFor, type TrustPinning } from './pinning.ts';
import type { FileReader } from './read-files.ts';
import type { BaseRole } from './roles.ts';
import { type RootCertificate, rootCertificates } from './root-certificates.ts';
import { type RootDocument, rootSchema } from './schemas.ts';
import type { TrustState } from './state.ts';
import { verifySignatures } from './verify-signatures.ts';

/** The most versions of a root after the trusted one; each is a request. */
const MAX_ROTATIONS = 256;

/** A root, with the keys that it gives to each role. */
export interface Root {
  readonly metadata: Metadata;
  readonly document: RootDocument;
  readonly roles: Readonly<Record<BaseRole, RoleKeys>>;
}

/** A root that is trusted, and the keys that signed it. */
export interface TrustedRoot extends Root {
  readonly signedBy: readonly string[];
}

/** How a root is verified. */
export interface RootOptions {
  readonly gun: string;
  readonly state: TrustState | undefined;
  readonly pinning: TrustPinning | undefined;
  readonly now: Date;
}

/**
 * Reads the newest root, and verifies it: from the root that was trusted before through every version since, each signed by
 * the keys of the one before it and by its own; without such a root, by what is pinned.
 *
 * @throws NotationError `ERR_NOT_FOUND`, `ERR_DCT_ROOT_UNTRUSTED`, `ERR_DCT_ROOT_SKIPPED`,
 * `ERR_DCT_ROLLBACK`, `ERR_DCT_THRESHOLD`, `ERR_DCT_EXPIRED`, `ERR_DCT_TOO_LARGE`, `ERR_DCT_METADATA_INVALID`
 */
export async function verifyRoot(files: FileReader, options: RootOptions): Promise<TrustedRoot> {
  const metadata = await files.read('root');
  if (!metadata) throw files.missing('root');
  const newest = await interpretRoot(metadata);
  const { state, now } = options;
  const trusted = state
    ? await rotate(await interpretRoot(readMetadata('root', encodeUtf8(state.root))), newest, files, options)
    : await acceptPinned(newest, options);
  checkExpiry('root', trusted.document, now);
  return trusted;
}

/** Goes from a trusted root to the newest one, version by version. */
async function rotate(
  trusted: Root,
  newest: Root,
  files: FileReader,
  options: RootOptions,
): Promise<TrustedRoot> {
  const { version: first } = trusted.document;
  const { version: last } = newest.document;
  checkVersion('root', newest.document, first);
  if (last - first > MAX_ROTATIONS) {
    throw metadataError('ERR_DCT_TOO_LARGE', 'root', `has over ${MAX_ROTATIONS} versions to verify`);
  }
  let current = trusted;
  for (let version = first + 1; version < last; version++) {
    const metadata = await files.read('root', version);
    if (!metadata) throw skipped(version, 'is missing');
    const next = await interpretRoot(metadata);
    if (next.document.version !== version) {
      throw skipped(version, `is in truth version ${next.document.version}`);
    }
    current = await acceptAfter(current, next, options);
  }
  return acceptAfter(current, newest, options);
}

async function acceptAfter(before: Root, next: Root, { gun, now }: RootOptions): Promise<TrustedRoot> {
  await requireSignatures(before, next, rootCertificates(before.roles.root, gun));
  const certificates = requireCertificates(rootCertificates(next.roles.root, gun, now), gun);
  return { ...next, signedBy: await requireSignatures(next, next, certificates) };
}

async function acceptPinned(root: Root, { gun, pinning, now }: RootOptions): Promise<TrustedRoot> {
  const check = pinCheckFor(gun, pinning);
  if (!check) throw untrusted(gun, 'nothing is pinned for it');
  const certificates = requireCertificates(rootCertificates(root.roles.root, gun, now), gun);
  const pinned = await pinnedOf(certificates, check, now);
  if (pinned.length === 0) throw untrusted(gun, 'none of its certificates is pinned');
  return { ...root, signedBy: await requireSignatures(root, root, pinned) };
}

async function pinnedOf(
  certificates: readonly RootCertificate[],
  check: PinCheck,
  now: Date,
): Promise<RootCertificate[]> {
  const results = await Promise.all(certificates.map((certificate) => check(certificate, now)));
  return certificates.filter((_, index) => results[index]);
}

/** Requires the signatures of some of the root keys of a root, as many as its threshold, on the same or the next root. */
function requireSignatures(
  { roles: { root } }: Root,
  signed: Root,
  certificates: readonly RootCertificate[],
): Promise<string[]> {
  const keys: ReadonlyMap<string, TrustKey> = new Map(certificates.map(({ key }) => [key.id, key]));
  return verifySignatures(signed.metadata, { ...root, keys });
}

function requireCertificates(
  certificates: readonly RootCertificate[],
  gun: string,
): readonly RootCertificate[] {
  if (certificates.length > 0) return certificates;
  throw untrusted(gun, 'none of its certificates is valid now and issued for it');
}

/**
 * Interprets a root.
 * @throws NotationError `ERR_DCT_METADATA_INVALID`
 */
async function interpretRoot(metadata: Metadata): Promise<Root> {
  const document = interpret(metadata, rootSchema());
  const keysOf = (name: BaseRole): Promise<RoleKeys> => {
    const role = Object.hasOwn(document.roles, name) ? document.roles[name] : undefined;
    if (!role) throw metadataInvalid('root', `gives no keys to the role "${name}"`);
    return roleKeys(name, role, document.keys, 'root');
  };
  const [root, targets, snapshot, timestamp] = await Promise.all([
    keysOf('root'),
    keysOf('targets'),
    keysOf('snapshot'),
    keysOf('timestamp'),
  ]);
  return { metadata, document, roles: { root, targets, snapshot, timestamp } };
}

function untrusted(gun: string, reason: string): NotationError {
  return trustError('ERR_DCT_ROOT_UNTRUSTED', `the root of ${quote(gun)} is not trusted: ${reason}`);
}

function skipped(version: number, reason: string): NotationError {
  return trustError('ERR_DCT_ROOT_SKIPPED', `version ${version} of the root ${reason}`);
}
