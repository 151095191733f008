import { describe, expect, it } from 'vitest';
import { exitCodeOf, worstOf } from '../../src/cli/exit-code.ts';
import { NotationError } from '../../src/index.ts';

describe('exitCodeOf', () => {
  it.each([
    ['ERR_NO_SIGNATURE', 1],
    ['ERR_IDENTITY_UNTRUSTED', 1],
    ['ERR_ARGUMENT_INVALID', 2],
    ['ERR_POLICY_NOT_FOUND', 2],
    ['ERR_REGISTRY_UNREACHABLE', 3],
    ['ERR_NOT_FOUND', 3],
  ] as const)('is that of the class of %s', (code, exit) => {
    expect(exitCodeOf(new NotationError(code, 'why'))).toBe(exit);
  });

  it('is 3 for an error that is no NotationError', () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(3);
  });
});

describe('worstOf', () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 1, 0], 1],
    [[1, 3, 2], 2],
    [[2, 130], 130],
  ])('puts 2 before 1 before 3: %j is %i', (codes, worst) => {
    expect(worstOf(codes)).toBe(worst);
  });
});
