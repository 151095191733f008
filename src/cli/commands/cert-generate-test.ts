import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { makeDirectory } from '../../node/config/change-config.ts';
import { configDirectoryOf } from '../../node/config/directories.ts';
import { addSigningKey } from '../../node/config/signing-keys.ts';
import { statusOf } from '../../node/files/read-file.ts';
import { attempt } from '../../node/files/system-errors.ts';
import { writeFiles } from '../../node/files/write-files.ts';
import { addCertificates } from '../../node/trust-store/change-trust-store.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

const NAME = /^[a-zA-Z0-9_.-]+$/;
const CODE = 'ERR_CONFIG_INVALID';
const KEY_SPECS = { 2048: 'RSA-2048', 3072: 'RSA-3072', 4096: 'RSA-4096' } as const;

export const command = defineCommand({
  description:
    'Generate a key with a self-signed certificate for tests, valid for a day; add it to the list of keys, and its certificate to a trust store of its name.',
  operands: [{ name: 'common_name' }],
  flags: {
    bits: {
      kind: 'text',
      short: 'b',
      value: 'bits',
      choices: ['2048', '3072', '4096'],
      summary: 'the size of the RSA key; 2048 by default',
    },
    default: { kind: 'switch', summary: 'make it the default key' },
  },
  examples: [
    { title: 'Generate a test key', line: 'cert generate-test acme.example' },
    { title: 'Sign with it from now on', line: 'cert generate-test --default acme.example' },
  ],
  async run({ values, operands: [name = ''], terminal: { print } }) {
    if (!NAME.test(name)) {
      throw new NotationError('ERR_ARGUMENT_INVALID', `${quote(name)} is not a valid name of a key`, {
        nextStep: 'Use letters, digits, dots, dashes and underscores.',
      });
    }
    const { bits = '2048', default: isDefault } = values;
    const keySpec = KEY_SPECS[Number(bits) as keyof typeof KEY_SPECS];
    const directory = join(configDirectoryOf({}), 'localkeys');
    const [keyPath, certPath] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
    for (const path of [keyPath, certPath]) await requireMissing(path);
    const { generateTestCertificate } = await import('../../testing/generate.ts');
    print(`generating RSA Key with ${bits} bits`);
    const { privateKey, certificates, root } = await generateTestCertificate({ name, keySpec });
    const { notAfter } = parseCertificate(root);
    print(`generated certificate expiring on ${notAfter.toISOString().replace('.000', '')}`);
    await makeDirectory(directory);
    const files = [
      { path: keyPath, content: new TextEncoder().encode(privateKey), mode: 0o600 },
      { path: certPath, content: new TextEncoder().encode(certificates), mode: 0o644 },
    ];
    await attempt(CODE, `write ${keyPath} and ${certPath}`, () => writeFiles(directory, files));
    print(`wrote key: ${keyPath}\nwrote certificate: ${certPath}`);
    try {
      await addCertificates('ca', name, { [`${name}.crt`]: root });
      print(`Successfully added ${name}.crt to named store ${name} of type ca`);
      await addSigningKey({ name, keyPath, certPath }, { default: isDefault });
    } catch (error) {
      // A key that no list names would stand in the way of the next attempt.
      for (const path of [keyPath, certPath]) await rm(path, { force: true });
      throw error;
    }
    print(`${name}: added to the key list`);
    if (isDefault) print(`${name}: mark as default signing key`);
    return EXIT.success;
  },
});

async function requireMissing(path: string): Promise<void> {
  if (!(await statusOf(path, CODE))) return;
  throw new NotationError(CODE, `${path} exists`, {
    nextStep: 'Choose another name, or remove the file first.',
  });
}
