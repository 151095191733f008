// Replaces a file: `node write-process.mjs FILE`.
import { dirname } from 'node:path';
import { argv } from 'node:process';
import { writeFiles } from '../../../src/node/files/write-files.ts';

const [path = ''] = argv.slice(2);
await writeFiles(dirname(path), [{ path, content: new TextEncoder().encode('written') }]);
