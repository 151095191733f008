import { describe, expect, it } from 'vitest';
import { imageOfAddress, imagesOf } from '../support/read.ts';

const GITHUB = 'https://github.com';

describe("the address of a page of GitHub's packages", () => {
  it.each([
    [`${GITHUB}/acme/project/pkgs/container/app/123?tag=v1`, 'ghcr.io/acme/app:v1'],
    [`${GITHUB}/Acme-Corp/project/pkgs/container/kin%2Fapp/9?tag=v1`, 'ghcr.io/acme-corp/kin/app:v1'],
    [`${GITHUB}/orgs/acme/packages/container/app/123?tag=v1`, 'ghcr.io/acme/app:v1'],
    [`${GITHUB}/users/acme/packages/container/package/app?tag=v1`, 'ghcr.io/acme/app:v1'],
  ])('%s is about %s', (url, image) => {
    expect(imageOfAddress('github-packages', url)).toBe(image);
  });

  it.each([
    // A package has no default tag.
    `${GITHUB}/acme/project/pkgs/container/app`,
    `${GITHUB}/orgs/acme/packages/container/package/app`,
    `${GITHUB}/acme/project/pkgs/npm/app/1?tag=v1`,
    `${GITHUB}/acme/project?tag=v1`,
    `${GITHUB}/acme/project/pkgs/container/app/123?tag=v1@sha256:00`,
  ])('%s is about no image', (url) => {
    expect(imageOfAddress('github-packages', url)).toBeUndefined();
  });
});

it('finds the versions of a package by the labels that lead to them', () => {
  const html = `
    <pre class="p-3">docker pull ghcr.io/acme/app:v9</pre>
    <ul class="Box">
      <li class="Box-row"><a class="Label mr-1" href="/acme/project/pkgs/container/app/2?tag=v2">v2</a></li>
      <li class="Box-row"><a class="Label mr-1" href="/acme/project/pkgs/container/app/1?tag=v1">v1</a></li>
    </ul>`;
  expect(imagesOf('github-packages', `${GITHUB}/acme/project/pkgs/container/app`, html)).toEqual([
    'ghcr.io/acme/app:v2',
    'ghcr.io/acme/app:v1',
  ]);
});
