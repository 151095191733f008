import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { statusOf } from '../../node/files/read-file.ts';
import { attempt } from '../../node/files/system-errors.ts';
import { writeFiles } from '../../node/files/write-files.ts';
import { signBlob } from '../../signer/sign-blob.ts';
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
    const { 'media-type': mediaType, 'signature-directory': directory = dirname(path), force } = values;
    const options = await signingOptions(values, await openConfig({}), terminal);
    const target = join(resolve(directory), `${basename(path)}.${options.format ?? 'jws'}.sig`);
    if (await statusOf(target, 'ERR_ARGUMENT_INVALID')) {
      const question = 'The signature file already exists, do you want to overwrite it?';
      if (!(await confirm(terminal, question, force))) return EXIT.success;
    }
    const { signature } = await attempt('ERR_ARGUMENT_INVALID', `read ${path}`, () =>
      signBlob(createReadStream(path), { ...options, mediaType }),
    );
    await attempt('ERR_CONFIG_INVALID', `write ${target}`, () =>
      writeFiles(dirname(target), [{ path: target, content: signature }]),
    );
    terminal.print(`Successfully signed ${path}\nSignature file written to ${target}`);
    return EXIT.success;
  },
});
