import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { statusOf } from '../../node/files/read-file.ts';
import { attempt } from '../../node/files/system-errors.ts';
import { writeFiles } from '../../node/files/write-files.ts';
import { type SignBlobOptions, signBlob } from '../../signer/sign-blob.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openConfig } from '../options/registry.ts';
import { SIGNING_FLAGS, signingOptions } from '../options/signing.ts';
import { confirm } from '../terminal.ts';

export const command = defineCommand({
  description: 'Sign a file. The signature is written next to it, as <file>.jws.sig or <file>.cose.sig.',
  operands: [{ name: 'file' }],
  flags: {
    ...SIGNING_FLAGS,
    'media-type': {
      kind: 'text',
      value: 'type',
      summary: 'the media type of the file; application/octet-stream by default',
    },
    'signature-directory': {
      kind: 'text',
      value: 'directory',
      summary: 'where to write the signature; next to the file by default',
    },
    force: { kind: 'switch', summary: 'replace an existing signature, never prompt' },
  },
  examples: [
    { title: 'Sign a file with the default key', line: 'blob sign release.zip' },
    {
      title: 'With a key in a file',
      line: 'blob sign --key-file release.p12 --passphrase-file - release.zip',
    },
  ],
  async run({ values, operands: [path = ''], terminal }) {
    const { 'media-type': mediaType, 'signature-directory': directory, force } = values;
    const options = await signingOptions(values, await openConfig({}), terminal);
    const target = signaturePathOf(path, options, directory);
    if (await statusOf(target, 'ERR_ARGUMENT_INVALID')) {
      const question = 'The signature file already exists, do you want to overwrite it?';
      if (!(await confirm(terminal, question, { flag: '--force', yes: force }))) return EXIT.success;
    }
    await signFile(path, target, { ...options, mediaType });
    terminal.print(`Successfully signed ${path}\nSignature file written to ${target}`);
    return EXIT.success;
  },
});

/** Returns the path at which the signature of a file is written. */
export function signaturePathOf(
  path: string,
  { format = 'jws' }: Pick<SignBlobOptions, 'format'>,
  directory = dirname(path),
): string {
  return join(resolve(directory), `${basename(path)}.${format}.sig`);
}

/** Signs a file and writes the signature to another, whole or not at all. */
export async function signFile(path: string, target: string, options: SignBlobOptions): Promise<void> {
  const { signature } = await attempt('ERR_ARGUMENT_INVALID', `read ${path}`, () =>
    signBlob(createReadStream(path), options),
  );
  await attempt('ERR_CONFIG_INVALID', `write ${target}`, () =>
    writeFiles(dirname(target), [{ path: target, content: signature }]),
  );
}
