import { configDirectoryOf } from '../../node/config/directories.ts';
import { loadBlobTrustPolicy, loadTrustPolicy } from '../../node/config/load-trust-policy.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { dialectOf, POLICY_FLAGS } from '../options/policy.ts';
import { readPolicyFile } from '../options/policy-file.ts';

export const command = defineCommand({
  description: 'Show the trust policy of the configuration as it is written. Fails if it is not valid.',
  operands: [],
  flags: POLICY_FLAGS,
  examples: [
    { title: 'Show the trust policy', line: 'policy show' },
    { title: 'Keep a copy', line: 'policy show > policy.json' },
  ],
  async run({ values: { blob, dialect }, terminal }) {
    terminal.stdout.write(await readPolicyFile(undefined, { blob, directory: configDirectoryOf({}) }));
    await (blob ? loadBlobTrustPolicy : loadTrustPolicy)({ dialect: dialectOf(dialect) });
    return EXIT.success;
  },
});
