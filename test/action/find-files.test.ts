import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findBlobs, findFiles } from '../../src/action/find-files.ts';

/** A directory with files, below which patterns match. */
async function files(...names: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-files-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'k8s/.hidden'), { recursive: true });
  for (const name of names) await writeFile(join(directory, name), '');
  return directory;
}

describe('the files that patterns match', () => {
  it('are in the order of the patterns, each once', async () => {
    const at = await files('b.yaml', 'a.yaml', 'k8s/c.yaml', 'k8s/.hidden/d.yaml');
    const found = await findFiles('files', [`${at}/k8s/**/*.yaml`, `${at}/*.yaml`, `${at}/a.yaml`]);
    const names = ['k8s/.hidden/d.yaml', 'k8s/c.yaml', 'a.yaml', 'b.yaml'];
    expect(found).toEqual(names.map((name) => expect.stringMatching(new RegExp(`${name}$`))));
  });

  it('are not those that a pattern with an exclamation mark excludes', async () => {
    const at = await files('a.yaml', 'b.yaml');
    expect(await findFiles('files', [`${at}/*.yaml`, `!${at}/b.yaml`])).toHaveLength(1);
  });

  it('must be some for each pattern', async () => {
    const at = await files('a.yaml');
    const finding = findFiles('files', [`${at}/*.yaml`, `${at}/*.yml`]);
    await expect(finding).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    await expect(findFiles('files', [`!${at}/b.yaml`])).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('are not signatures, if they are to be signed or verified', async () => {
    const at = await files('a.tar', 'a.tar.jws.sig', 'a.tar.cose.sig');
    expect(await findBlobs([`${at}/*`])).toEqual([expect.stringMatching(/a\.tar$/)]);
  });
});
