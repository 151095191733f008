// Installs a plugin, or one after the other again and again: `node install-process.mjs DIRECTORY SOURCE [SOURCE]`. Says
// so before it begins.
import { argv } from 'node:process';
import { createPluginManager } from '../../../src/node/plugins/plugin-manager.ts';

const [directory = '', source = '', other] = argv.slice(2);
const plugins = createPluginManager({ directory });
console.log('begins');
await plugins.install(source, { overwrite: true });
while (other) {
  await plugins.install(other, { overwrite: true });
  await plugins.install(source, { overwrite: true });
}
