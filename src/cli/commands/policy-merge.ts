import { mergeBlobTrustPolicies, mergeTrustPolicies } from '../../policy/tools/merge.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { readGivenFile } from '../options/files.ts';
import { dialectOf, oneOf, POLICY_FLAGS } from '../options/policy.ts';

const RULES = ['error', 'first', 'last'] as const;

export const command = defineCommand({
  description:
    'Merge trust policies into one, and print it. How conflicts were resolved is said on standard error.',
  operands: [{ name: 'file', several: true }],
  flags: {
    'on-conflict': {
      kind: 'text',
      value: 'rule',
      choices: RULES,
      summary: 'which file decides if statements conflict; error by default, which lists every conflict',
    },
    ...POLICY_FLAGS,
  },
  examples: [
    { title: 'Merge the policies of two teams', line: 'policy merge team-a.json team-b.json > policy.json' },
    { title: 'Let the later file decide', line: 'policy merge --on-conflict last base.json own.json' },
  ],
  async run({ values, operands: paths, terminal }) {
    const documents = await Promise.all(paths.map((path) => readGivenFile(path, 'trust policy')));
    const options = { dialect: dialectOf(values.dialect), onConflict: oneOf(RULES, values['on-conflict']) };
    const { document, resolved } = values.blob
      ? mergeBlobTrustPolicies(documents, options)
      : mergeTrustPolicies(documents, options);
    for (const text of resolved) terminal.warn(text);
    terminal.print(JSON.stringify(document, null, 4));
    return EXIT.success;
  },
});
