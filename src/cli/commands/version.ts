import process from 'node:process';
import { VERSION } from '../../encoding/version.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const command = defineCommand({
  description: 'Show the version.',
  operands: [],
  flags: {},
  examples: [{ title: 'Show the version', line: 'version' }],
  async run({ terminal: { print } }) {
    print(`notarykit ${VERSION}\n\nNode.js:     ${process.version}`);
    return EXIT.success;
  },
});
