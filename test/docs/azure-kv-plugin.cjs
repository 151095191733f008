#!/usr/bin/env node
// A stand-in for the plugin "azure-kv", with the key and the certificates of release.json in its own directory.
const { sign, X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { privateKey, certificates } = JSON.parse(readFileSync(join(__dirname, 'release.json'), 'utf8'));
const chain = certificates
  .split(/(?<=-----END CERTIFICATE-----\n)/)
  .map((pem) => new X509Certificate(pem).raw.toString('base64'));

const COMMANDS = {
  'get-plugin-metadata': () => ({
    name: 'azure-kv',
    description: 'Signs with a key in a file',
    version: '1.0.0',
    url: 'https://example.com',
    supportedContractVersions: ['1.0'],
    capabilities: ['SIGNATURE_GENERATOR.RAW'],
  }),
  'describe-key': ({ keyId }) => ({ keyId, keySpec: 'EC-256' }),
  'generate-signature': ({ keyId, payload }) => ({
    keyId,
    signature: sign('sha256', Buffer.from(payload, 'base64'), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64'),
    signingAlgorithm: 'ECDSA-SHA-256',
    certificateChain: chain,
  }),
};

process.stdout.write(JSON.stringify(COMMANDS[process.argv[2]](JSON.parse(readFileSync(0, 'utf8')))));
