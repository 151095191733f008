import { type LintFinding, type LintOptions, lintTrustPolicy } from '../../../src/policy/tools/index.ts';
import { document, statement } from '../documents.ts';

export const extended = { dialect: 'extended' } as const;
export const scoped = (name: string, registryScopes: string[], changes = {}) =>
  statement({ name, registryScopes, ...changes });
export const at = (level: string, others = {}) => ({ signatureVerification: { level, ...others } });

export function lint(statements: unknown[], options?: LintOptions): Promise<LintFinding[]> {
  return lintTrustPolicy(document(...statements), options);
}

export const show = ({ severity, rule, statement, message }: LintFinding) =>
  `${severity} ${rule} ${statement ?? '-'}: ${message}`;

/** Returns the findings for a policy of one statement. */
export async function found(changes: Record<string, unknown>, options?: LintOptions): Promise<string[]> {
  return (await lint([statement(changes)], options)).map(show);
}
