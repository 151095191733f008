import { describe, expect, it } from 'vitest';
import { checkMixedContent } from '../../src/net/mixed-content.ts';
import { failure } from '../encoding/failure.ts';

function check(page: string, address: string): void {
  checkMixedContent(new URL(address), 'the CRL distribution point', new URL(page));
}

describe('a URL on plain HTTP', () => {
  it('is blocked for a page on HTTPS, with a next step', () => {
    const message = failure(
      () => check('https://app.example/', 'http://crl.example/ca.crl'),
      'ERR_PLAIN_HTTP_BLOCKED',
    );
    expect(message).toContain('the CRL distribution point uses plain HTTP');
  });

  it.each([
    ['a page on plain HTTP', 'http://app.example/'],
    ['an extension', 'chrome-extension://abcdef/worker.js'],
  ])('may be requested by %s', (_, page) => {
    expect(() => check(page, 'http://crl.example/ca.crl')).not.toThrow();
  });

  it.each(['localhost:5000', 'registry.localhost', '127.0.0.1:5000', '127.1.2.3', '[::1]:5000'])(
    'may be requested from the machine itself: %s',
    (host) => {
      expect(() => check('https://app.example/', `http://${host}/`)).not.toThrow();
    },
  );

  it.each(['localhost.example', '127.0.0.1.example', 'a.b.localhost.example', '10.0.0.1'])(
    'is rejected if it only looks like it: %s',
    (host) => {
      failure(() => check('https://app.example/', `http://${host}/`), 'ERR_PLAIN_HTTP_BLOCKED');
    },
  );
});

it('a URL on HTTPS may be requested by a page on HTTPS', () => {
  expect(() => check('https://app.example/', 'https://tsa.example/')).not.toThrow();
});

it('a URL on plain HTTP may be requested by a runtime without pages', () => {
  expect(() => checkMixedContent(new URL('http://crl.example/'), 'the CRL', {})).not.toThrow();
});
