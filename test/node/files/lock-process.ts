// A process that contends for the lock of a directory: `node lock-process.mjs DIRECTORY TIMES` adds 1 to the number in
// its file `count` so many times, and fails when another process does so at the same time. With 0 it takes the lock,
// reports it, and keeps it. Its clock runs ten times as fast, so that a lock counts as stale after a second.
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { withLock } from '../../../src/node/files/lock.ts';
import { writeFiles } from '../../../src/node/files/write-files.ts';

const [directory = '', times = ''] = argv.slice(2);
const now = performance.now.bind(performance);
performance.now = () => 10 * now();
const options = { code: 'ERR_CONFIG_INVALID' } as const;
const path = join(directory, 'count');

if (times === '0') {
  await withLock(directory, options, async () => {
    console.log('locked');
    await setTimeout(600_000);
    return true;
  });
}

for (let done = 0; done < Number(times); done++) {
  await withLock(directory, options, async ({ held }) => {
    const inside = await open(join(directory, 'inside'), 'wx');
    await inside.close();
    const count = Number(await readFile(path, 'utf8'));
    const content = new TextEncoder().encode(String(count + 1));
    const written = await writeFiles(directory, [{ path, content }], held);
    await rm(join(directory, 'inside'));
    return written;
  });
}
