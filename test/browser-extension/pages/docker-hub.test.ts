import { describe, expect, it } from 'vitest';
import { digestOf, imageOfAddress, imagesOf } from '../support/read.ts';

const HUB = 'https://hub.docker.com';
const layers = (path: string, digest = digestOf(1)) =>
  `${HUB}/layers/${path}/images/${digest.replace(':', '-')}`;

describe('the address of a page of Docker Hub', () => {
  it.each([
    [`${HUB}/_/alpine`, 'docker.io/library/alpine:latest'],
    [`${HUB}/_/alpine/tags?page=1&name=3.20`, 'docker.io/library/alpine:latest'],
    [`${HUB}/r/acme/app`, 'docker.io/acme/app:latest'],
    [`${HUB}/r/acme/app/tags`, 'docker.io/acme/app:latest'],
    [`${HUB}/repository/docker/acme/app/general`, 'docker.io/acme/app:latest'],
    [layers('acme/app/v1'), 'docker.io/acme/app:v1'],
    [`${layers('library/alpine/3.20')}?context=explore`, 'docker.io/library/alpine:3.20'],
    // Earlier pages had the short name of an official image in front.
    [layers('rust/library/rust/1.49.0'), 'docker.io/library/rust:1.49.0'],
    [`${HUB}/layers/library/postgres/16-alpine/`, 'docker.io/library/postgres:16-alpine'],
    [`${HUB}/repository/docker/acme/app/tags/v2/sha256-${'a'.repeat(64)}`, 'docker.io/acme/app:v2'],
  ])('%s is about %s', (url, image) => {
    expect(imageOfAddress('docker-hub', url)).toBe(image);
  });

  it.each([`${HUB}/`, `${HUB}/search?q=alpine`, `${HUB}/u/acme`, `${HUB}/r/acme`, `${HUB}/layers/a/b`])(
    '%s is about no image',
    (url) => {
      expect(imageOfAddress('docker-hub', url)).toBeUndefined();
    },
  );
});

it('finds the tags of a repository by the links to their layers', () => {
  const tags = ['3.20', '3.19'].map(
    (tag, index) => `
      <div>
        <a data-testid="navToImage" href="/layers/acme/app/${tag}/images/${digestOf(index).replace(':', '-')}">
          ${tag}</a>
        <p>Last pushed a day ago by <a href="/u/acme">acme</a></p>
        <code>docker pull acme/app:${tag}</code>
      </div>`,
  );
  expect(imagesOf('docker-hub', `${HUB}/r/acme/app/tags`, tags.join(''))).toEqual([
    'docker.io/acme/app:latest',
    'docker.io/acme/app:3.20',
    'docker.io/acme/app:3.19',
  ]);
});

it('finds the repositories of a search by the links to them', () => {
  const html = '<a href="/r/acme/app">acme/app</a><a href="/_/redis">redis</a><a href="/extensions/x">x</a>';
  expect(imagesOf('docker-hub', `${HUB}/search?q=a`, html)).toEqual([
    'docker.io/acme/app:latest',
    'docker.io/library/redis:latest',
  ]);
});
