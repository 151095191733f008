import { printableLine } from '../../errors/quote.ts';
import { configDirectoryOf } from '../../node/config/directories.ts';
import { createFileTrustStore } from '../../node/trust-store/file-trust-store.ts';
import { type LintOptions, lintBlobTrustPolicy, lintTrustPolicy } from '../../policy/tools/lint.ts';
import type { LintFinding } from '../../policy/tools/lint-rules.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { DATA_FLAGS } from '../options/output.ts';
import { dialectOf, POLICY_FLAGS } from '../options/policy.ts';
import { readPolicyFile } from '../options/policy-file.ts';
import type { Terminal } from '../terminal.ts';

export const command = defineCommand({
  description:
    'Find errors, redundancies and likely misunderstandings in a trust policy, and certificates of its trust stores that expire soon. Exits with 2 if there is an error.',
  operands: [{ name: 'file', optional: true }],
  flags: { ...POLICY_FLAGS, ...DATA_FLAGS },
  examples: [
    { title: 'Check the trust policy of the configuration', line: 'policy lint' },
    { title: 'Check a file before it is imported', line: 'policy lint policy.json' },
  ],
  async run({ values: { blob, dialect, output }, operands: [path], terminal }) {
    const options: LintOptions = { dialect: dialectOf(dialect), trustStore: createFileTrustStore() };
    const document = await readPolicyFile(path, { blob, directory: configDirectoryOf({}) });
    const findings = await (blob ? lintBlobTrustPolicy : lintTrustPolicy)(document, options);
    if (output === 'json') terminal.print(JSON.stringify(findings, null, 2));
    else printFindings(findings, terminal);
    return findings.some(({ severity }) => severity === 'error') ? EXIT.misconfigured : EXIT.success;
  },
});

function printFindings(findings: readonly LintFinding[], { print, colors }: Terminal): void {
  const color = { error: colors.red, warning: colors.yellow, info: colors.cyan };
  for (const { severity, statement, message, nextStep, rule } of findings) {
    const where = statement === undefined ? '' : `${statement}: `;
    print(
      `${color[severity](severity)} ${printableLine(`${where}${message} [${rule}]`)}\n  ${printableLine(nextStep)}`,
    );
  }
  if (findings.length === 0) print('The trust policy has no problems.');
}
