import { writeBlobTrustPolicy, writeTrustPolicy } from '../../node/config/write-trust-policy.ts';
import { parseTrustPolicy } from '../../policy/parse.ts';
import { parseBlobTrustPolicy } from '../../policy/parse-blob.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { readGivenFile } from '../options/files.ts';
import { dialectOf, POLICY_FLAGS } from '../options/policy.ts';
import { policyExists } from '../options/policy-file.ts';
import { confirm } from '../terminal.ts';

export const command = defineCommand({
  description: 'Check a trust policy and copy it into the configuration.',
  operands: [{ name: 'file' }],
  flags: {
    force: { kind: 'switch', summary: 'replace an existing trust policy, never prompt' },
    ...POLICY_FLAGS,
  },
  examples: [
    { title: 'Use a trust policy', line: 'policy import policy.json' },
    { title: 'In a pipeline', line: 'policy import --force policy.json' },
  ],
  async run({ values: { blob, force, dialect: given }, operands: [path = ''], terminal }) {
    const options = { dialect: dialectOf(given) };
    const document = await readGivenFile(path, 'trust policy');
    (blob ? parseBlobTrustPolicy : parseTrustPolicy)(document, options);
    if (await policyExists(blob)) {
      const question = 'The trust policy configuration already exists, do you want to overwrite it?';
      if (force) terminal.warn('existing trust policy configuration file will be overwritten');
      if (!(await confirm(terminal, question, { flag: '--force', yes: force }))) return EXIT.success;
    }
    await (blob ? writeBlobTrustPolicy : writeTrustPolicy)(document, { ...options, overwrite: true });
    terminal.print('Trust policy configuration imported successfully.');
    return EXIT.success;
  },
});
