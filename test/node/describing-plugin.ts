import type { Plugin } from '../../src/plugin/index.ts';

/** A plugin that only describes one key. */
export const plugin: Plugin = {
  name: 'com.example.signer',
  async run(command, request) {
    if (command === 'describe-key') return { ...request, keySpec: 'EC-256' };
    return {
      name: 'com.example.signer',
      description: 'signs',
      version: '1.0.0',
      url: 'https://example.com',
      supportedContractVersions: ['1.0'],
      capabilities: ['SIGNATURE_GENERATOR.RAW'],
    };
  },
};
export const plugins = new Map([[plugin.name, plugin]]);
/** A key of that plugin, as the list of signing keys has it. */
export const pluginKey = {
  name: 'remote',
  id: 'key-1',
  pluginName: plugin.name,
  pluginConfig: { region: 'eu' },
};
