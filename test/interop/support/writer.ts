// Signs an image at a moment: node writer.mjs <reference> <file of the certificate> <milliseconds since 1970>.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createRegistry, createSigner, sign } from '../../../src/index.ts';

const [reference = '', file = '', moment = ''] = process.argv.slice(2);
const signer = await createSigner(JSON.parse(await readFile(file, 'utf8')));
await wait(Number(moment) - Date.now());
const userMetadata = { writer: randomUUID() };
const { signature } = await sign(reference, { signer, registry: createRegistry(), userMetadata });
console.log(signature.digest);
