// A notation plugin that both sides run. The program that starts it, `plugins.ts`, says what it does.
import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ENVELOPE_TYPE = 'application/jose+json';
const X509 = 'notary.x509';
const SCHEME = 'io.cncf.notary.signingScheme';
const TIME = 'io.cncf.notary.signingTime';
const EXPIRY = 'io.cncf.notary.expiry';
const IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const REVOCATION = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

/** Answers the one command that it was started with. */
export function main(settings) {
  const command = process.argv[2];
  const request = JSON.parse(readFileSync(0, 'utf8') || '{}');
  if (settings.log)
    writeFileSync(join(settings.log, `${randomUUID()}.json`), JSON.stringify({ command, request }));
  try {
    process.stdout.write(JSON.stringify(answer(command, request, settings)));
  } catch (error) {
    process.stderr.write(JSON.stringify({ errorCode: error.code ?? 'ERROR', errorMessage: error.message }));
    process.exitCode = 1;
  }
}

function answer(command, request, settings) {
  switch (command) {
    case 'get-plugin-metadata':
      return {
        name: settings.name,
        description: 'A plugin of the interoperability tests',
        version: settings.version,
        url: 'https://example.com/plugin',
        supportedContractVersions: ['1.0'],
        capabilities: settings.capabilities,
      };
    case 'describe-key':
      return { keyId: request.keyId, keySpec: keyOf(request, settings).spec };
    case 'generate-signature':
      return generateSignature(request, settings);
    case 'generate-envelope':
      return generateEnvelope(request, settings);
    case 'verify-signature':
      return verifySignature(request);
    default:
      throw new Error(`there is no command ${command}`);
  }
}

function keyOf({ keyId }, { keys }) {
  if (!Object.hasOwn(keys, keyId)) {
    throw Object.assign(new Error(`there is no key ${keyId}`), { code: 'VALIDATION_ERROR' });
  }
  const { privateKey, certificates } = keys[keyId];
  const key = createPrivateKey(privateKey);
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails;
  const sizes = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };
  const spec = namedCurve ? `EC-${sizes[namedCurve]}` : `RSA-${modulusLength}`;
  const hash = { 256: 256, 2048: 256, 384: 384, 3072: 384, 521: 512, 4096: 512 }[spec.split('-')[1]];
  const chain = certificates
    .match(/-----BEGIN CERTIFICATE-----[^-]+/g)
    .map((pem) => pem.replace(/-----BEGIN CERTIFICATE-----|\s/g, ''));
  return { key, spec, hash, chain, elliptic: Boolean(namedCurve) };
}

function signWith({ key, hash, elliptic }, bytes) {
  const padding = elliptic ? { dsaEncoding: 'ieee-p1363' } : { padding: 6, saltLength: hash / 8 };
  return sign(`sha${hash}`, bytes, { key, ...padding });
}

function generateSignature(request, settings) {
  const key = keyOf(request, settings);
  if (request.hashAlgorithm !== `SHA-${key.hash}` || request.keySpec !== key.spec)
    throw new Error('another key');
  return {
    keyId: request.keyId,
    signature: signWith(key, Buffer.from(request.payload, 'base64')).toString('base64'),
    signingAlgorithm: `${key.elliptic ? 'ECDSA' : 'RSASSA-PSS'}-SHA-${key.hash}`,
    certificateChain: key.chain,
  };
}

function generateEnvelope(request, settings) {
  if (request.signatureEnvelopeType !== ENVELOPE_TYPE) throw new Error('only JWS envelopes');
  const key = keyOf(request, settings);
  const now = Math.floor(Date.now() / 1000) * 1000;
  const timeOf = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
  const seconds = request.expiryDurationInSeconds;
  const header = {
    alg: `${key.elliptic ? 'ES' : 'PS'}${key.hash}`,
    cty: request.payloadType,
    crit: [SCHEME, ...(seconds ? [EXPIRY] : [])],
    [SCHEME]: X509,
    [TIME]: timeOf(now),
    ...(seconds && { [EXPIRY]: timeOf(now + seconds * 1000) }),
  };
  const encode = (bytes) => Buffer.from(bytes).toString('base64url');
  const protectedHeader = encode(JSON.stringify(header));
  const payload = encode(Buffer.from(request.payload, 'base64'));
  const envelope = {
    payload,
    protected: protectedHeader,
    header: { x5c: key.chain, 'io.cncf.notary.signingAgent': `${settings.name}/${settings.version}` },
    signature: encode(signWith(key, Buffer.from(`${protectedHeader}.${payload}`))),
  };
  return {
    signatureEnvelope: Buffer.from(JSON.stringify(envelope)).toString('base64'),
    signatureEnvelopeType: ENVELOPE_TYPE,
    annotations: { 'com.example.made-by': settings.name },
  };
}

/**
 * Trusts the leaf by its thumbprint, and revokes certificates whose subject says so. If there are no further
 * attributes, notation omits them or sends null.
 */
function verifySignature({ signature, trustPolicy }) {
  const leaf = Buffer.from(signature.certificateChain[0], 'base64');
  const thumbprint = `sha256:${createHash('sha256').update(leaf).digest('hex')}`;
  const trusted = trustPolicy.trustedIdentities.includes(`com.example.thumbprint:${thumbprint}`);
  const revoked = signature.criticalAttributes.extendedAttributes?.['com.example.revoked'] === 'yes';
  const results = {
    [IDENTITY]: trusted ? { success: true } : { success: false, reason: `nobody trusts ${thumbprint}` },
    [REVOCATION]: revoked ? { success: false, reason: 'it says so itself' } : { success: true },
  };
  return {
    verificationResults: Object.fromEntries(
      trustPolicy.signatureVerification.map((name) => [name, results[name]]),
    ),
    processedAttributes: (signature.unprocessedAttributes ?? []).filter((name) =>
      name.startsWith('com.example.'),
    ),
  };
}
