#!/usr/bin/env node
// A notation plugin that signs: `SIGNATURE_GENERATOR.RAW` of the plugin specification. Its keys are files in the directory
// that pluginConfig names. Install it as `notation-demo`.
const { constants, createPrivateKey, sign, X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const METADATA = {
  name: 'demo',
  description: 'Signs with keys in files, to show how a plugin does',
  version: '1.0.0',
  url: 'https://notaryproject.dev',
  supportedContractVersions: ['1.0'],
  capabilities: ['SIGNATURE_GENERATOR.RAW'],
};

const COMMANDS = {
  'get-plugin-metadata': () => METADATA,
  'describe-key': ({ keyId, pluginConfig }) => ({ keyId, keySpec: load(keyId, pluginConfig).keySpec }),
  'generate-signature': generateSignature,
};

function generateSignature({ keyId, pluginConfig, hashAlgorithm, payload }) {
  const { privateKey, certificates, keySpec } = load(keyId, pluginConfig);
  const hash = hashAlgorithm.replace('-', '').toLowerCase();
  const rsa = keySpec.startsWith('RSA');
  const how = rsa
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { dsaEncoding: 'ieee-p1363' };
  const signature = sign(hash, Buffer.from(payload, 'base64'), { key: privateKey, ...how });
  return {
    keyId,
    signature: signature.toString('base64'),
    signingAlgorithm: `${rsa ? 'RSASSA-PSS' : 'ECDSA'}-${hashAlgorithm}`,
    certificateChain: certificates.map((certificate) => certificate.raw.toString('base64')),
  };
}

function load(keyId, { keys } = {}) {
  if (!keys || !/^[\w-]+$/.test(keyId)) throw new Error('pluginConfig must name the directory "keys"');
  const stored = JSON.parse(readFileSync(join(keys, `${keyId}.json`), 'utf8'));
  const privateKey = createPrivateKey(stored.privateKey);
  const certificates = stored.certificates
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .map((pem) => new X509Certificate(pem));
  const { modulusLength, namedCurve } = privateKey.asymmetricKeyDetails;
  const sizes = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };
  const keySpec = modulusLength ? `RSA-${modulusLength}` : `EC-${sizes[namedCurve]}`;
  return { privateKey, certificates, keySpec };
}

try {
  const command = COMMANDS[process.argv[2]];
  if (!command) throw new Error(`there is no command ${process.argv[2]}`);
  process.stdout.write(JSON.stringify(command(JSON.parse(readFileSync(0, 'utf8')))));
} catch (error) {
  process.stderr.write(JSON.stringify({ errorCode: 'VALIDATION_ERROR', errorMessage: error.message }));
  process.exitCode = 1;
}
