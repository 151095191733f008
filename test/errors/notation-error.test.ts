import { describe, expect, it } from 'vitest';
import { errorCodes, isNotationError, NotationError, reasonOf } from '../../src/errors/index.ts';

const error = new NotationError('ERR_NOT_FOUND', 'no such manifest', { cause: 'the registry' });

describe('a NotationError', () => {
  it('has a code, a message, a next step and a cause', () => {
    expect(error).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: 'no such manifest',
      cause: 'the registry',
    });
    expect(error.nextStep).toMatch(/^[A-Z].*\.$/);
  });

  it('is an Error with a name of its own', () => {
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('NotationError: no such manifest');
  });

  it('is recognised by isNotationError, and by its code', () => {
    expect(isNotationError(error)).toBe(true);
    expect(isNotationError(error, 'ERR_NOT_FOUND')).toBe(true);
    expect(isNotationError(error, 'ERR_TIMEOUT')).toBe(false);
    expect(isNotationError(new Error('no such manifest'))).toBe(false);
    expect(isNotationError({ code: 'ERR_NOT_FOUND' }, 'ERR_NOT_FOUND')).toBe(false);
  });

  it('stays a NotationError for the compiler if its code is another one', () => {
    const describeIt = (thrown: NotationError): string =>
      isNotationError(thrown, 'ERR_TIMEOUT') ? 'too slow' : thrown.code;
    expect(describeIt(error)).toBe('ERR_NOT_FOUND');
  });

  it('becomes plain data without cause and stack', () => {
    const { code, message, nextStep } = error;
    expect(reasonOf(error)).toEqual({ code, message, nextStep });
  });
});

describe('errorCodes', () => {
  it.each(Object.entries(errorCodes))(
    'gives %s a next step that is an imperative sentence',
    (_, nextStep) => {
      expect(nextStep).toMatch(
        /^(?:Add|Call|Check|Correct|Delete|Do not|Have|Install|Keep|Log in|Pass|Read|Remove|Report|Sign|Treat|Try|Use|Verify|Write) .+\.$/,
      );
    },
  );
});
