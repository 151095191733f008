import { expect, it } from 'vitest';
import { isPagePattern, matchesPattern } from '../../../examples/browser-extension/src/pages/page.ts';
import { imagesOf } from '../support/read.ts';

it('finds images by links of any page to what names them', () => {
  const html = `
    <a href="oci://ghcr.io/acme/chart:1.0">chart</a>
    <a href="docker://docker.io/acme/app:v1">app</a>
    <a href="https://quay.io/repository/acme/app/tag/v1">Quay</a>
    <a href="https://hub.docker.com/r/acme/app">Docker Hub</a>
    <a href="https://github.com/acme/project/pkgs/container/app/1?tag=v1">GitHub</a>
    <a href="https://docs.example.com/repository/acme/app/tag/v1">nothing</a>
    <a href="javascript:alert(1)">nothing</a><a href="http://[">nothing</a><a href="">nothing</a>`;
  expect(imagesOf('links', 'https://docs.example.com/', html)).toEqual([
    'ghcr.io/acme/chart:1.0',
    'docker.io/acme/app:v1',
    'quay.io/acme/app:v1',
    'docker.io/acme/app:latest',
    'ghcr.io/acme/app:v1',
  ]);
});

it.each([
  ['https://quay.io/*', 'https://quay.io/repository/acme/app', true],
  ['https://quay.io/*', 'https://quay.io:8443/', true],
  ['https://quay.io/*', 'http://quay.io/', false],
  ['https://quay.io/*', 'https://quay.io.example.com/', false],
  ['https://*.example.com/*', 'https://registry.example.com/', true],
  ['https://*.example.com/*', 'https://example.com/', true],
  ['https://*.example.com/*', 'https://example.com.attacker.example/', false],
  ['*://docs.example.com/images/*', 'http://docs.example.com/images/app', true],
  ['*://docs.example.com/images/*', 'https://docs.example.com/other', false],
  ['*://docs.example.com/images/*', 'file://docs.example.com/images/app', false],
  ['https://docs.example.com/images', 'https://docs.example.com/images', true],
  ['https://docs.example.com/images', 'https://docs.example.com/images?x', false],
])('the pattern %s covers %s: %s', (pattern, url, covered) => {
  expect(matchesPattern(pattern, new URL(url))).toBe(covered);
});

it.each([
  '<all_urls>',
  'https://*/*',
  '*://*/*',
  'https://quay.io:8443/*',
  'file:///*',
  'https://quay.io',
  '',
])('%j is not a pattern for a page: it covers everything, or is not one in both browsers', (pattern) => {
  expect(isPagePattern(pattern)).toBe(false);
});
