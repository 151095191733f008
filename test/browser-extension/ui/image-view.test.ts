import { describe, expect, it } from 'vitest';
import { commonName, nameParts, viewOf } from '../../../examples/browser-extension/src/popover/image-view.ts';
import { STATE_KINDS, type StateReason } from '../../../examples/browser-extension/src/state.ts';
import { DIGEST, done } from './images.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const signer = 'CN=release.acme.example,O=Acme,C=US';
const reason = (code: string, nextStep = 'Do this.'): StateReason => ({
  code,
  message: 'it failed',
  nextStep,
});

describe('what the popover says about an image', () => {
  it('is by whom a trusted image is signed, when, by which policy and until when', () => {
    const { facts, word } = viewOf(
      done('trusted', undefined, {
        signer,
        signedAt: '2026-08-20T12:00:00Z',
        timestamp: '2026-08-20T12:00:05Z',
        validUntil: '2026-12-24T12:00:00Z',
        policy: { statement: 'production', level: 'strict' },
      }),
      NOW,
    );
    expect(word).toBe('Trusted');
    expect(facts.map(({ label }) => label)).toEqual([
      'Signed by',
      'Signed on',
      'Policy',
      'Valid until',
      'Checked',
    ]);
    expect(facts[0]).toEqual({
      label: 'Signed by',
      value: 'release.acme.example',
      note: 'CN=release.acme.example, O=Acme, C=US',
    });
    expect(facts[1]?.value).toContain('3 months ago');
    expect(facts[1]?.note).toContain('Confirmed by a timestamp');
    expect(facts[2]).toEqual({ label: 'Policy', value: 'production', note: 'Level strict' });
  });

  it('is that a time without a timestamp is only the signer’s', () => {
    const { facts } = viewOf(done('trusted', undefined, { signedAt: '2026-08-20T12:00:00Z' }), NOW);
    expect(facts[0]?.note).toContain('no timestamp confirms it');
  });

  it('is the reference by digest, which only an accepted image is to be pulled by', () => {
    const digest = { digest: DIGEST };
    const reference = `registry.example.com/team/app@${DIGEST}`;
    for (const kind of ['trusted', 'warned'] as const) {
      expect(viewOf(done(kind, undefined, digest), NOW).pull).toEqual({ reference, label: 'Pull by digest' });
    }
    for (const kind of ['unsigned', 'rejected', 'cannot-tell', 'signed-not-evaluated'] as const) {
      expect(viewOf(done(kind, undefined, digest), NOW).pull?.label).toBe('Digest of the image');
    }
    expect(viewOf(done('cannot-tell'), NOW).pull).toBeUndefined();
  });

  it('is what to do, for each state, the state’s own advice first and nothing twice', () => {
    for (const kind of STATE_KINDS) {
      const reasons = [reason('ERR_X', 'Read this.'), reason('ERR_Y', 'Read this.')];
      const { steps } = viewOf(done(kind, undefined, { reasons }), NOW);
      expect(steps).toHaveLength(2);
      expect(steps[1]).toBe('Read this.');
    }
  });

  it('is which hosts must be allowed, before anything else is done', () => {
    const needs = ['https://auth.example.com/*', 'http://ocsp.example.com/*'];
    const view = viewOf(done('cannot-tell', undefined, { needs, reasons: [reason('ERR_X')] }), NOW);
    expect(view.needs).toEqual(needs);
    expect(view.steps).toEqual([
      'Allow access to auth.example.com, http://ocsp.example.com. The image is then checked again.',
    ]);
  });

  it('is the warnings of an image that is accepted with some', () => {
    const reasons = [reason('ERR_SIGNATURE_EXPIRED'), reason('ERR_TAG_MISMATCH')];
    const view = viewOf(done('warned', undefined, { reasons }), NOW);
    expect(view.reasonsTitle).toBe('Warnings');
    expect(view.reasons).toEqual(reasons);
  });

  it.each([
    ['unsigned', 'ERR_NO_SIGNATURE'],
    ['signed-not-evaluated', 'NO_POLICY'],
  ] as const)('does not say twice why an image is %s', (kind, code) => {
    const view = viewOf(done(kind, undefined, { reasons: [reason(code)] }), NOW);
    expect(view.reasons).toEqual([]);
    expect(view.steps).toHaveLength(1);
  });

  it('says that a retry may help, unless a permission is missing first', () => {
    const needs = ['https://auth.example.com/*'];
    const helps = (changes: object) => viewOf(done('cannot-tell', undefined, changes), NOW).retryHelps;
    expect(helps({ retryable: true })).toBe(true);
    expect(helps({ retryable: true, needs })).toBe(false);
    expect(helps({ retryable: false })).toBe(false);
  });

  it('leads to the options as long as there is no policy', () => {
    expect(STATE_KINDS.filter((kind) => viewOf(done(kind), NOW).optionsFor)).toEqual([
      'signed-not-evaluated',
    ]);
  });

  it('leads to the options if a setting is the reason, unless a permission is missing first', () => {
    const reasons = [reason('ERR_TRUST_STORE_NOT_FOUND')];
    expect(viewOf(done('cannot-tell', undefined, { reasons }), NOW).optionsFor).toBe('Open the options');
    const needs = ['https://auth.example.com/*'];
    expect(viewOf(done('cannot-tell', undefined, { reasons, needs }), NOW).optionsFor).toBeUndefined();
  });

  it('claims nothing about an image without a state', () => {
    const view = viewOf({ image: 'r.example/app', progress: 'evaluating' }, NOW);
    expect(view).toMatchObject({ tone: 'pending', facts: [], reasons: [], steps: [], needs: [] });
    expect(view.pull).toBeUndefined();
  });
});

describe('the name of an image', () => {
  it.each([
    ['localhost:5000/team/app:v1', 'localhost:5000', 'team/app', ':v1'],
    ['localhost:5000/app', 'localhost:5000', 'app', ''],
    [`ghcr.io/a/b@${DIGEST}`, 'ghcr.io', 'a/b', `@${DIGEST}`],
    [`ghcr.io/a/b:v1@${DIGEST}`, 'ghcr.io', 'a/b', `:v1@${DIGEST}`],
  ])('%s has parts', (reference, registry, repository, version) => {
    expect(nameParts(reference)).toEqual({ registry, repository, version });
  });
});

describe('the name of a signer', () => {
  it('is the common name', () => {
    expect(commonName(signer)).toBe('release.acme.example');
  });

  it.each(['O=Acme,C=US', 'CN=a,CN=b', 'no name'])(
    'is the whole subject %s if that has not exactly one',
    (subject) => {
      expect(commonName(subject)).toBe(subject);
    },
  );
});
