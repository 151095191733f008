import { subtle } from '../crypto/subtle.ts';
import { verifySignature } from '../crypto/verify.ts';
import { ownBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { verificationKey } from '../x509/public-key.ts';
import { metadataError } from './failure.ts';
import { isShortRsaKey, publicKeyInfo, type RoleKeys, type TrustKey } from './keys.ts';
import type { Metadata, MetadataSignature } from './metadata.ts';

const ED25519_KEY = 32;
const ED25519_SIGNATURE = 64;

/** Verifies one signature with one key; `undefined` if they do not fit each other. */
type Verify = (key: TrustKey, signature: Uint8Array, message: Uint8Array) => Promise<string | undefined>;

/** The methods, each of which returns what makes its key distinct from others if the signature is valid. */
const METHODS: ReadonlyMap<string, Verify> = new Map<string, Verify>([
  ['ecdsa', verifyEcdsa],
  ['rsapss', (...given) => verifyRsa('RSA-PSS', ...given)],
  ['rsapkcs1v15', (...given) => verifyRsa('RSASSA-PKCS1-v1_5', ...given)],
  ['eddsa', verifyEddsa],
]);

/**
 * Verifies that enough keys of a role signed a file. Signatures by other keys, and invalid ones, do not count; neither does
 * a key that is listed again in another form.
 *
 * @returns The identifiers of the keys that signed.
 * @throws NotationError `ERR_DCT_THRESHOLD`, `ERR_RUNTIME_UNSUPPORTED` if the runtime cannot verify signatures that would
 * have decided
 */
export async function verifySignatures(metadata: Metadata, role: RoleKeys): Promise<string[]> {
  const signers = new Map<string, string>();
  let unsupported: NotationError | undefined;
  for (const signature of metadata.signatures) {
    const key = role.keys.get(signature.keyId);
    if (!key) continue;
    try {
      const distinct = await verifyOne(key, signature, metadata.message);
      if (distinct !== undefined && !signers.has(distinct)) signers.set(distinct, key.id);
    } catch (error) {
      if (!isNotationError(error, 'ERR_RUNTIME_UNSUPPORTED')) throw error;
      unsupported ??= error;
    }
  }
  if (signers.size >= role.threshold) return [...signers.values()];
  if (unsupported) throw unsupported;
  throw metadataError(
    'ERR_DCT_THRESHOLD',
    metadata.role,
    `has ${signers.size} valid signatures by distinct keys of the role "${role.name}", which needs ${role.threshold}`,
  );
}

async function verifyOne(
  key: TrustKey,
  { method, bytes }: MetadataSignature,
  message: Uint8Array,
): Promise<string | undefined> {
  try {
    return await METHODS.get(method)?.(key, bytes, message);
  } catch (error) {
    // A key that the runtime rejects signs nothing.
    if (isNotationError(error, 'ERR_CERTIFICATE_INVALID')) return undefined;
    throw error;
  }
}

async function verifyEcdsa(key: TrustKey, signature: Uint8Array, message: Uint8Array) {
  const info = key.type === 'ecdsa' || key.type === 'ecdsa-x509' ? publicKeyInfo(key) : undefined;
  if (info?.type !== 'EC' || signature.length !== 2 * Math.ceil(info.size / 8)) return undefined;
  const imported = await verificationKey(info, { name: 'ECDSA', namedCurve: `P-${info.size}` });
  const isValid = await verifySignature({ name: 'ECDSA', hash: 'SHA-256' }, imported, signature, message);
  return isValid ? encodeHex(info.spki) : undefined;
}

async function verifyRsa(
  name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5',
  key: TrustKey,
  signature: Uint8Array,
  message: Uint8Array,
) {
  const info = key.type === 'rsa' || key.type === 'rsa-x509' ? publicKeyInfo(key) : undefined;
  if (info?.type !== 'RSA' || isShortRsaKey(info)) return undefined;
  const imported = await verificationKey(info, { name, hash: 'SHA-256' });
  const isValid = await verifySignature({ name, saltLength: 32 }, imported, signature, message);
  return isValid ? encodeHex(info.spki) : undefined;
}

async function verifyEddsa({ type, bytes }: TrustKey, signature: Uint8Array, message: Uint8Array) {
  if (type !== 'ed25519' || bytes.length !== ED25519_KEY || signature.length !== ED25519_SIGNATURE) {
    return undefined;
  }
  const key = await importEd25519(bytes);
  const isValid =
    key !== undefined && (await subtle().verify('Ed25519', key, ownBytes(signature), ownBytes(message)));
  return isValid ? encodeHex(bytes) : undefined;
}

/** Returns `undefined` for bytes that are not a point of the curve. */
async function importEd25519(bytes: Uint8Array) {
  try {
    return await subtle().importKey('raw', ownBytes(bytes), 'Ed25519', false, ['verify']);
  } catch (cause) {
    if (await supportsEd25519()) return undefined;
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', "this runtime's WebCrypto has no Ed25519", { cause });
  }
}

async function supportsEd25519(): Promise<boolean> {
  try {
    await subtle().generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
