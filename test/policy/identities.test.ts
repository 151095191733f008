import { describe, expect, it } from 'vitest';
import { type Dialect, matchIdentity, type TrustPolicyStatement } from '../../src/policy/index.ts';
import { failure, parse, refusal, statement } from './documents.ts';

const identity = 'x509.subject: C=US, ST=WA, O=Acme';

function trusting(trustedIdentities: string[], dialect: Dialect = 'spec'): TrustPolicyStatement {
  const [read] = parse([statement({ trustedIdentities })], { dialect }).statements;
  if (!read) throw new Error('no statement');
  return read;
}
const refuses = (trustedIdentities: string[], dialect: Dialect = 'spec') =>
  refusal([statement({ trustedIdentities })], { dialect });
const subject = (members: Record<string, string>) =>
  Object.entries(members).map(([type, value]) => ({ type, value }));
const mismatch = (statement: TrustPolicyStatement, members: Record<string, string>) =>
  failure(() => matchIdentity(statement, subject(members)), 'ERR_IDENTITY_UNTRUSTED');

describe('trusted identities', () => {
  it('may be anyone', () => {
    expect(trusting(['*']).trustedIdentities).toBe('*');
  });

  it('need no space after the prefix', () => {
    expect(trusting(['x509.subject:C=US,ST=WA,O=Acme']).trustedIdentities).toHaveLength(1);
  });

  it('of other prefixes are kept as they are, for plugins', () => {
    expect(trusting(['arn:aws:signer', identity]).trustedIdentities[0]).toEqual({ text: 'arn:aws:signer' });
  });

  it.each([
    ['anyone next to others', ['*', identity], 'trustedIdentities has "*" next to other identities'],
    ['an empty text', [''], 'trustedIdentities[0] "" has no prefix'],
    ['no prefix', ['C=US, ST=WA, O=Acme'], 'has no prefix'],
    ['an empty prefix', [':C=US'], 'has no prefix'],
    ['nothing after the prefix', ['x509.subject:'], 'is malformed'],
    ['only a space after the prefix', ['x509.subject: '], 'is malformed'],
    [
      'a malformed name',
      ['x509.subject: C=US, ST'],
      'is malformed: the distinguished name has " ST" in place of',
    ],
    ['no country', ['x509.subject: ST=WA, O=Acme'], 'lacks C, which the specification requires'],
    ['no state', ['x509.subject: C=US, O=Acme'], 'lacks ST'],
    ['no organization', ['x509.subject: C=US, S=WA'], 'lacks O'],
    ['types in lower case', ['x509.subject: c=US, st=WA, o=Acme'], 'lacks C, ST, O'],
    ['an identity twice', [identity, identity], 'overlap; keep one of them'],
    ['one inside another', [identity, `${identity}, CN=x`], 'overlap; keep one of them'],
    ['another around one', [`${identity}, CN=x`, identity], 'overlap; keep one of them'],
  ])('with %s are rejected', (_, identities, reason) => {
    expect(refuses(identities)).toContain(reason);
  });

  it('that differ in one value do not overlap', () => {
    expect(trusting([`${identity}, CN=x`, `${identity}, CN=y`]).trustedIdentities).toHaveLength(2);
  });

  it('overlap by their meaning, not by their spelling', () => {
    expect(refuses([identity, 'x509.subject: O=\\41cme; S=WA; C=US'])).toContain('overlap');
  });

  it('overlap in the dialect extended too', () => {
    expect(refuses(['x509.subject: O=Acme', identity], 'extended')).toContain('overlap');
  });

  it('in the dialect extended still need an attribute', () => {
    expect(refuses(['x509.subject: '], 'extended')).toContain('is malformed');
  });
});

describe('the subject of a signing certificate', () => {
  const acme = { C: 'US', ST: 'WA', O: 'Acme', CN: 'builder' };

  it('matches the identity that it contains', () => {
    expect(matchIdentity(trusting(['x509.subject: C=DE, ST=BE, O=Acme', identity]), subject(acme))).toBe(
      identity,
    );
  });

  it('matches in any order of attributes', () => {
    expect(matchIdentity(trusting([identity]), subject(acme).reverse())).toBe(identity);
  });

  it('does not matter when anyone is trusted', () => {
    expect(matchIdentity(trusting(['*']), [])).toBe('*');
  });

  it('matches by characters, not by appearance', () => {
    expect(mismatch(trusting([identity]), { ...acme, O: 'ACME' })).toContain('(differs in O)');
  });

  it('that does not match is shown with the identities and how they differ', () => {
    expect(mismatch(trusting([`${identity}, CN=x, OU=y`]), acme)).toBe(
      'the subject "CN=builder,O=Acme,ST=WA,C=US" of the signing certificate matches no trusted identity of the ' +
        'statement "images": "x509.subject: C=US, ST=WA, O=Acme, CN=x, OU=y" (differs in CN, OU)',
    );
  });

  it('is not matched with the identities of plugins', () => {
    expect(mismatch(trusting(['arn:aws:signer']), acme)).toContain('need a verification plugin');
  });

  it('without a mandatory attribute is untrusted by the specification', () => {
    expect(mismatch(trusting([identity]), { C: 'US', O: 'Acme' })).toContain('has no ST');
  });

  it('without mandatory attributes is trusted in the dialect extended', () => {
    const text = 'x509.subject: CN=production-signer,O=MyOrg';
    const signer = subject({ O: 'MyOrg', CN: 'production-signer', UID: '1' });
    expect(matchIdentity(trusting([text], 'extended'), signer)).toBe(text);
  });

  it('with a repeated attribute cannot be matched by it in the dialect extended', () => {
    const twice = [...subject({ O: 'MyOrg', OU: 'a' }), { type: 'OU', value: 'b' }];
    const match = (text: string) => () => matchIdentity(trusting([text], 'extended'), twice);
    expect(match('x509.subject: O=MyOrg')()).toBe('x509.subject: O=MyOrg');
    for (const unit of ['a', 'b']) {
      expect(failure(match(`x509.subject: OU=${unit}`), 'ERR_IDENTITY_UNTRUSTED')).toContain('differs in OU');
    }
  });
});
