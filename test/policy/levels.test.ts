import { describe, expect, it } from 'vitest';
import { parse, refusal, skipStatement, statement } from './documents.ts';

const actionsOf = (signatureVerification: object) =>
  Object.values(parse([statement({ signatureVerification })]).statements[0]?.actions ?? {});
const refusalOf = (signatureVerification: object) => refusal([statement({ signatureVerification })]);

describe('a verification level', () => {
  it.each([
    ['strict', ['enforce', 'enforce', 'enforce', 'enforce', 'enforce']],
    ['permissive', ['enforce', 'enforce', 'log', 'log', 'log']],
    ['audit', ['enforce', 'log', 'log', 'log', 'log']],
  ])('%s has the actions of the specification', (level, actions) => {
    expect(actionsOf({ level })).toEqual(actions);
  });

  it('skip skips everything', () => {
    const actions = parse([skipStatement()]).statements[0]?.actions ?? {};
    expect(new Set(Object.values(actions))).toEqual(new Set(['skip']));
  });

  it.each(['Strict', 'custom', '', 'strict '])('%j does not exist', (level) => {
    expect(refusalOf({ level })).toContain('signatureVerification.level is');
  });

  it('is required', () => {
    expect(refusalOf({})).toContain('signatureVerification.level is missing; write "strict" or "permissive"');
  });
});

describe('an override', () => {
  it('changes only the action that it names', () => {
    expect(actionsOf({ level: 'strict', override: { expiry: 'log' } })).toEqual([
      'enforce',
      'enforce',
      'enforce',
      'log',
      'enforce',
    ]);
  });

  it('may raise an action as well as lower it', () => {
    const override = { authenticity: 'enforce', revocation: 'skip' };
    expect(actionsOf({ level: 'audit', override })).toEqual(['enforce', 'enforce', 'log', 'log', 'skip']);
  });

  it('that is empty changes nothing', () => {
    expect(actionsOf({ level: 'audit', override: {} })).toEqual(actionsOf({ level: 'audit' }));
  });

  it('that is undefined in an object leaves the action of the level', () => {
    expect(actionsOf({ level: 'strict', override: { expiry: undefined } })).not.toContain(undefined);
  });

  it('cannot change integrity', () => {
    expect(refusalOf({ level: 'permissive', override: { integrity: 'log' } })).toContain(
      'signatureVerification.override has unknown members: "integrity" (it cannot be overridden)',
    );
  });

  it('cannot skip anything but revocation', () => {
    expect(refusalOf({ level: 'strict', override: { expiry: 'skip' } })).toContain(
      'signatureVerification.override.expiry is "skip"; write "enforce" or "log"',
    );
  });

  it('rejects any other validation', () => {
    expect(refusalOf({ level: 'strict', override: { signature: 'log' } })).toContain('"signature"');
  });

  it('cannot customise skip', () => {
    const signatureVerification = { level: 'skip', override: { expiry: 'log' } };
    expect(refusal([skipStatement({ signatureVerification })])).toContain('override must be empty');
  });
});

describe('verifyTimestamp', () => {
  it('is "always" by default', () => {
    expect(parse([statement()]).statements[0]?.verifyTimestamp).toBe('always');
  });

  it('may be afterCertExpiry', () => {
    const signatureVerification = { level: 'strict', verifyTimestamp: 'afterCertExpiry' };
    expect(parse([statement({ signatureVerification })]).statements[0]?.verifyTimestamp).toBe(
      'afterCertExpiry',
    );
  });

  it.each(['never', ''])('cannot be %j', (verifyTimestamp) => {
    expect(refusalOf({ level: 'strict', verifyTimestamp })).toContain('write "always" or "afterCertExpiry"');
  });
});
