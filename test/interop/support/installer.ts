// Installs one plugin after the other again and again: node installer.mjs <directory of plugins> <file>...
import { createPluginManager } from '../../../src/node/index.ts';

const [directory = '', ...sources] = process.argv.slice(2);
const plugins = createPluginManager({ directory });
console.log('begins');
for (;;) {
  for (const source of sources) await plugins.install(source, { overwrite: true });
}
