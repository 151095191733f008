import { argumentInvalid } from '../../errors/notation-error.ts';
import type { Dialect } from '../../policy/types.ts';
import type { Flags } from '../flags.ts';

/** What trust policies may say. */
export const DIALECT_FLAGS = {
  dialect: {
    kind: 'text',
    value: 'dialect',
    choices: ['spec', 'extended'],
    summary: 'what trust policies may say; extended allows scopes with a prefix',
  },
} as const satisfies Flags;

/** Flags of commands about trust policies. */
export const POLICY_FLAGS = {
  blob: { kind: 'switch', summary: 'the trust policy for blobs, not that for OCI artifacts' },
  ...DIALECT_FLAGS,
} as const satisfies Flags;

/** The dialect that `--dialect` names. */
export function dialectOf(dialect: string | undefined): Dialect | undefined {
  return dialect === 'extended' || dialect === 'spec' ? dialect : undefined;
}

/** One of the names in a list, such as the choices of a flag. */
export function oneOf<Name extends string>(
  names: readonly Name[],
  given: string | undefined,
): Name | undefined {
  const found = names.find((name) => name === given);
  if (given !== undefined && found === undefined)
    throw argumentInvalid(`expected one of ${names.join(', ')}`);
  return found;
}
