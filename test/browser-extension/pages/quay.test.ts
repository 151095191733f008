import { describe, expect, it } from 'vitest';
import { digestOf, imageOfAddress, imagesOf } from '../support/read.ts';

describe('the address of a page of Quay', () => {
  it.each([
    ['https://quay.io/repository/acme/app/tag/v1', 'quay.io/acme/app:v1'],
    ['https://quay.io/repository/acme/app?tab=tags&tag=latest', 'quay.io/acme/app:latest'],
    [`https://quay.io/repository/acme/app/manifest/${digestOf(1)}`, `quay.io/acme/app@${digestOf(1)}`],
    // The page of one platform: the signature is that of the index, which the tag names.
    [`https://quay.io/repository/acme/app/tag/v1?digest=${digestOf(2)}`, 'quay.io/acme/app:v1'],
    [
      'https://quay.example.com:8443/repository/acme/team/app/tag/v1',
      'quay.example.com:8443/acme/team/app:v1',
    ],
    [
      'https://console.example.com/settings/quay/repository/acme/app/tag/v1',
      'console.example.com/acme/app:v1',
    ],
  ])('%s is about %s', (url, image) => {
    expect(imageOfAddress('quay', url)).toBe(image);
  });

  it.each([
    'https://quay.io/repository/acme/app',
    'https://quay.io/repository/',
    'https://quay.io/organization/acme',
    'https://quay.io/repository/acme/app/tag/v1%2F2',
  ])('%s is about no image', (url) => {
    expect(imageOfAddress('quay', url)).toBeUndefined();
  });
});

it('finds the tags of the present table by their links', () => {
  const html = `
    <table id="tag-list-table" aria-label="Expandable table">
      <tbody data-testid="table-entry"><tr>
        <td></td><td data-label="Name"><a href="/repository/acme/app/tag/v2">v2</a></td>
        <td data-label="Security">See Child Manifests</td>
        <td data-label="Manifest"><span>sha256:0123456789ab...</span></td>
      </tr><tr>
        <td data-label="platform">
          <a href="/repository/acme/app/tag/v2?digest=${digestOf(3)}">linux on amd64</a>
        </td>
      </tr></tbody>
      <tbody data-testid="table-entry"><tr>
        <td data-label="Name"><a href="/repository/acme/app/tag/v1">v1</a></td>
      </tr></tbody>
    </table>`;
  expect(imagesOf('quay', 'https://quay.io/repository/acme/app?tab=tags', html)).toEqual([
    'quay.io/acme/app:v2',
    'quay.io/acme/app:v1',
  ]);
});

it('finds the tags of the earlier table by their places', () => {
  const html = `
    <table class="co-table co-fixed-table" id="tagsTable"><tbody class="co-checkable-row"><tr>
      <td class="co-flowing-col"><span class="tag-span"><span>v1</span></span></td>
      <td class="image-id-col"><manifest-link><a href="/repository/acme/app/manifest/${digestOf(4)}">SHA256</a></manifest-link></td>
    </tr></tbody></table>`;
  expect(imagesOf('quay', 'https://quay.io/repository/acme/app?tab=tags', html)).toEqual([
    'quay.io/acme/app:v1',
    `quay.io/acme/app@${digestOf(4)}`,
  ]);
});

it('takes the registry from the setting where the page is on another host', () => {
  const image = imageOfAddress('quay', 'https://quay.io/repository/acme/app/tag/v1');
  expect(image).toBe('quay.io/acme/app:v1');
});
