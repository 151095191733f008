// Writes a blob whose bytes never come to an end: `node stalling-writer.mjs LAYOUT`. Says so once it waits for them.
import { argv } from 'node:process';
import { createImageLayout } from '../../../src/node/layout/image-layout.ts';
import { parseReference } from '../../../src/oci/index.ts';

const [layout = ''] = argv.slice(2);
const repository = createImageLayout(layout).repository(parseReference('registry.example.com/team/app'));
const descriptor = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 3 * 1024 * 1024 };
let parts = 0;
const stream = new ReadableStream<Uint8Array>({
  pull(controller) {
    parts += 1;
    if (parts < 3) return controller.enqueue(new Uint8Array(1024 * 1024));
    console.log('stalled');
    return new Promise(() => setTimeout(() => undefined, 600_000));
  },
});
await repository.pushBlobStream?.(descriptor, () => stream);
