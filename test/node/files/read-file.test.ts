import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRegularFile, readRegularFileIfExists } from '../../../src/node/files/read-file.ts';
import { utf8 } from '../../oci/support.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-read-'));
  path = join(directory, 'file');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const expectation = { what: 'list', code: 'ERR_CONFIG_INVALID', maxBytes: 4 } as const;

describe('a file that is read', () => {
  it('may have as many bytes as the limit', async () => {
    await writeFile(path, 'four');
    expect(await readRegularFile(path, expectation)).toEqual(utf8('four'));
  });

  it('is rejected before it is read when it is larger than the limit', async () => {
    await writeFile(path, '');
    await truncate(path, 2 ** 40);
    await expect(readRegularFile(path, expectation)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: `the list ${path} is larger than 4 bytes`,
    });
  });

  it.each(['none', 'file/none'])('may be missing only if that is allowed: %s', async (name) => {
    await writeFile(path, 'four');
    const missing = join(directory, name);
    expect(await readRegularFileIfExists(missing, expectation)).toBeUndefined();
    await expect(readRegularFile(missing, expectation)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `the list ${missing} does not exist`,
    });
  });

  it('is rejected when it is a link, unless links are followed', async () => {
    await writeFile(path, 'four');
    const link = join(directory, 'link');
    await symlink('file', link);
    await expect(readRegularFileIfExists(link, expectation)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `the list ${link} is not a regular file`,
    });
    expect(await readRegularFile(link, { ...expectation, followLinks: true })).toEqual(utf8('four'));
  });

  it.each([true, false])('is rejected when it is a directory (followLinks: %j)', async (followLinks) => {
    await mkdir(path);
    await expect(readRegularFile(path, { ...expectation, followLinks })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `the list ${path} is not a regular file`,
    });
  });

  it.skipIf(process.platform === 'win32').each([true, false])(
    'is rejected when it is a pipe without a writer (followLinks: %j)',
    async (followLinks) => {
      await promisify(execFile)('mkfifo', [path]);
      await expect(readRegularFile(path, { ...expectation, followLinks })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
        message: `the list ${path} is not a regular file`,
      });
    },
  );

  it('cannot forge a line of a log by its name', async () => {
    const name = join(directory, 'a\nb');
    await expect(readRegularFile(name, expectation)).rejects.toThrow(/a\\u\{a\}b does not exist$/);
  });
});
