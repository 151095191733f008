import { describe, expect, it } from 'vitest';
import { imageName, imageOf } from '../../../examples/browser-extension/src/pages/image-name.ts';
import { MAX_IMAGES, readPage } from '../../../examples/browser-extension/src/pages/read-page.ts';
import { digestOf, documentOf, imageOfAddress, imagesOf } from '../support/read.ts';

const QUAY = { pattern: 'https://quay.io/*', kind: 'quay' } as const;
const TAGS = 'https://quay.io/repository/acme/app?tab=tags';

describe('a page that writes names of images', () => {
  it('names nothing by its text', () => {
    const html = `
      <h1>docker.io/library/alpine:latest ✓ trusted by notarykit</h1>
      <code>docker pull quay.io/acme/trusted:v1</code>
      <p title="quay.io/acme/trusted:v1" data-image="quay.io/acme/trusted:v1">verified</p>`;
    expect(imagesOf('docker-hub', 'https://hub.docker.com/search', html)).toEqual([]);
    expect(imagesOf('links', 'https://anything.example/', html)).toEqual([]);
  });

  it('does not change the image of its address', () => {
    const html = '<a href="/repository/acme/other/tag/v1">v1</a><base href="https://hub.docker.com/r/acme/">';
    const url = 'https://quay.io/repository/acme/app/tag/v1';
    expect(imagesOf('quay', url, html)[0]).toBe('quay.io/acme/app:v1');
  });

  it('names only images of its own repository by the places of tags', () => {
    const span = (text: string) => `<span class="tag-span">${text}</span>`;
    const texts = ['../other:v1', 'v1@sha256:00', 'docker.io/library/alpine:3', 'v 1', ''];
    const html = `<table id="tagsTable">${texts.map(span).join('')}</table>`;
    expect(imagesOf('quay', TAGS, html)).toEqual([]);
  });

  it('cannot put another repository into the breadcrumb of Harbor', () => {
    const html = `
      <div class="breadcrumb"><a>Projects</a><a>other.example.com/team@${digestOf(1)}</a></div>
      <clr-dg-row><a class="digest" title="${digestOf(2)}"></a></clr-dg-row>`;
    const url = 'https://harbor.example.com/harbor/projects/7/repositories/app/artifacts-tab';
    expect(imagesOf('harbor', url, html)).toEqual([]);
  });
});

describe('a page with too much', () => {
  it('is read up to a number of images, and says how many were left out', () => {
    const links = Array.from(
      { length: 10_000 },
      (_, index) => `<a href="/repository/acme/app/tag/v${index}">x</a>`,
    );
    const { images, omitted } = readPage(documentOf(links.join('')), new URL(TAGS), QUAY);
    expect(images.size).toBe(MAX_IMAGES);
    expect(omitted).toBe(5000 - MAX_IMAGES);
  });

  it('has no more than five elements watched for one image', () => {
    const links = '<a href="/repository/acme/app/tag/v1">v1</a>'.repeat(100);
    const { images } = readPage(documentOf(links), new URL(TAGS), QUAY);
    expect(images.get('quay.io/acme/app:v1')).toHaveLength(5);
  });

  it('names nothing by a link, a digest or a tag of a million characters', () => {
    const long = 'a'.repeat(1_000_000);
    const html = `
      <a href="/repository/acme/${long}/tag/v1">x</a>
      <table id="tagsTable"><span class="tag-span">${long}</span></table>`;
    expect(imagesOf('quay', TAGS, html)).toEqual([]);
  });
});

describe('a name with characters of other scripts', () => {
  it.each([
    'quay.io/\u0430cme/app:v1', // Cyrillic a
    'quay.io/acme/app:\uff56\u0031', // full-width v
    'qu\u0430y.io/acme/app:v1', // Cyrillic a
    'quay.io/acme/app:v1\u202e', // right-to-left override
    'quay.io/ac\u200bme/app:v1', // zero-width space
    'quay.io/acme/app:v1\n',
  ])('is not a name: %j', (text) => {
    expect(imageName(text)).toBeUndefined();
  });

  it('is no image as the address of a page', () => {
    expect(imageOfAddress('docker-hub', 'https://hub.docker.com/r/\u0430cme/app')).toBeUndefined();
    expect(imageOfAddress('docker-hub', 'https://hub.docker.com/r/%D0%B0cme/app')).toBeUndefined();
    expect(imageOfAddress('docker-hub', 'https://hub.docker.com/r/%ff/app')).toBeUndefined();
  });

  it('leads to the host that it is, written as it is', () => {
    const html = '<a href="oci://xn--qua-5cd.io/acme/app:v1">quay.io/acme/app:v1</a>';
    expect(imagesOf('links', 'https://anything.example/', html)).toEqual(['xn--qua-5cd.io/acme/app:v1']);
  });
});

describe('an image name', () => {
  it.each([
    ['alpine:3', 'docker.io/library/alpine:3'],
    ['index.docker.io/acme/app:v1', 'docker.io/acme/app:v1'],
    ['QUAY.IO/acme/app:v1', 'quay.io/acme/app:v1'],
    [`quay.io/acme/app:v1@${digestOf(1)}`, `quay.io/acme/app@${digestOf(1)}`],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
  ])('of %s is %s', (text, name) => {
    expect(imageName(text)).toBe(name);
  });

  it.each(['alpine', 'user:password@quay.io/acme/app:v1', 'https://quay.io/acme/app:v1', '', ' alpine:3'])(
    'is not %j',
    (text) => {
      expect(imageName(text)).toBeUndefined();
    },
  );

  it('is not made of parts that spill into one another', () => {
    expect(imageOf('quay.io', 'acme/app@sha256:00', { tag: 'v1' })).toBeUndefined();
    expect(imageOf('quay.io', 'acme:80/app', { tag: 'v1' })).toBeUndefined();
    expect(imageOf('quay.io', 'acme/app', { tag: 'v1@sha256:00' })).toBeUndefined();
    expect(imageOf('quay.io', 'acme/app', { digest: 'v1' })).toBeUndefined();
  });
});
