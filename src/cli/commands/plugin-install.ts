import { createPluginManager } from '../../node/plugins/plugin-manager.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const command = defineCommand({
  description:
    'Install a plugin: a program, or a zip or tar.gz with one. It is run for its metadata before it is put in its place.',
  operands: [{ name: 'source' }],
  flags: {
    file: { kind: 'switch', summary: 'the source is a file' },
    url: { kind: 'switch', summary: 'the source is an HTTPS URL' },
    sha256sum: {
      kind: 'text',
      value: 'digest',
      summary: 'the SHA-256 of the source in hex; required with --url',
    },
    force: { kind: 'switch', summary: 'replace a plugin of the same or a newer version' },
  },
  examples: [
    { title: 'From a file', line: 'plugin install --file notation-acme.tar.gz' },
    {
      title: 'From the web',
      line: 'plugin install --url https://acme.example/notation-acme.zip --sha256sum 1130…',
    },
  ],
  async run({ values: { file, url, sha256sum: sha256, force }, operands: [source = ''], terminal }) {
    if (file === url) throw usageError('give either --file or --url', 'plugin install');
    if (url && !URL.canParse(source)) throw usageError('the source is not a valid URL', 'plugin install');
    if (url && !sha256) throw usageError('--url needs --sha256sum', 'plugin install');
    if (url) terminal.print(`Downloading plugin from ${source}`);
    const options = { sha256, overwrite: force, signal: terminal.signal };
    const installed = await createPluginManager().install(url ? new URL(source) : source, options);
    const { name, metadata, replacedVersion } = installed;
    terminal.print(
      replacedVersion === undefined
        ? `Successfully installed plugin ${name}, version ${metadata.version}`
        : `Successfully updated plugin ${name} from version ${replacedVersion} to ${metadata.version}`,
    );
    return EXIT.success;
  },
});
