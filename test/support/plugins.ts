import { createPrivateKey, sign as signBytes } from 'node:crypto';
import { encodeBase64 } from '../../src/encoding/base64.ts';
import { decodePem } from '../../src/encoding/pem.ts';
import type { Plugin, PluginCommand } from '../../src/plugin/index.ts';
import type { TestCertificate } from '../../src/testing/index.ts';

export const METADATA = {
  name: 'test',
  description: 'A plugin of the tests',
  version: '1.2.3',
  url: 'https://example.com',
  supportedContractVersions: ['1.0'],
  capabilities: ['SIGNATURE_GENERATOR.RAW'],
};

type Responses = Partial<Record<PluginCommand, (request: Record<string, unknown>) => unknown>>;

/** A plugin in this process, and the requests it received. */
export function fakePlugin(
  responses: Responses,
  metadata: Record<string, unknown> = {},
): Plugin & { requests: { command: PluginCommand; request: Record<string, unknown> }[] } {
  const requests: { command: PluginCommand; request: Record<string, unknown> }[] = [];
  const all: Responses = { 'get-plugin-metadata': () => ({ ...METADATA, ...metadata }), ...responses };
  return {
    name: 'test',
    requests,
    async run(command, request) {
      // As it would arrive in another process.
      const copy = JSON.parse(JSON.stringify(request));
      requests.push({ command, request: copy });
      const response = all[command];
      if (!response) throw new Error(`there is no command ${command}`);
      return JSON.parse(JSON.stringify(await response(copy)));
    },
  };
}

/** The responses of a plugin that signs with an ECDSA key, with the given changes. */
export function rawResponses(
  { privateKey, certificates }: TestCertificate,
  overrides: Record<string, unknown> = {},
  keySpec = 'EC-256',
): Responses {
  const hash = `SHA-${{ 'EC-256': 256, 'EC-384': 384, 'EC-521': 512 }[keySpec] ?? 256}`;
  return {
    'describe-key': ({ keyId }) => ({ keyId, keySpec }),
    'generate-signature': ({ keyId, payload }) => ({
      keyId,
      signature: signBytes(hash.replace('-', ''), Buffer.from(String(payload), 'base64'), {
        key: createPrivateKey(String(privateKey)),
        dsaEncoding: 'ieee-p1363',
      }).toString('base64'),
      signingAlgorithm: `ECDSA-${hash}`,
      certificateChain: decodePem(certificates).map(({ der }) => encodeBase64(der)),
      ...overrides,
    }),
  };
}
