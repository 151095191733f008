import { NotationError } from '../../errors/notation-error.ts';
import { loadBlobTrustPolicy, loadTrustPolicy } from '../../node/config/load-trust-policy.ts';
import { explainBlobTrustPolicy, explainTrustPolicy } from '../../policy/tools/explain.ts';
import { formatExplanation } from '../../policy/tools/format-explanation.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { DATA_FLAGS } from '../options/output.ts';
import { dialectOf, POLICY_FLAGS } from '../options/policy.ts';

export const command = defineCommand({
  description:
    'Explain which statement of the trust policy applies to an artifact, what it requires, and why the others do not apply.',
  operands: [{ name: 'reference', optional: true }],
  flags: {
    ...POLICY_FLAGS,
    'policy-name': {
      kind: 'text',
      value: 'name',
      summary: 'with --blob: the statement that `blob verify` names',
    },
    ...DATA_FLAGS,
  },
  examples: [
    { title: 'Which statement applies to an image?', line: 'policy explain registry.example.com/app' },
    { title: 'And to a blob?', line: 'policy explain --blob --policy-name files' },
  ],
  async run({ values, operands: [reference], terminal }) {
    const options = { dialect: dialectOf(values.dialect) };
    if (!values.blob && reference === undefined) {
      throw usageError('the argument <reference> is missing', 'policy explain');
    }
    const explanation = values.blob
      ? explainBlobTrustPolicy(await loadBlobTrustPolicy(options), values['policy-name'])
      : explainTrustPolicy(await loadTrustPolicy(options), reference ?? '');
    terminal.print(
      values.output === 'json' ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation),
    );
    const { reason } = explanation;
    return reason ? exitCodeOf(new NotationError(reason.code, reason.message)) : EXIT.success;
  },
});
