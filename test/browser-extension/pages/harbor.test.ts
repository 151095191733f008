import { describe, expect, it } from 'vitest';
import { harborPlace } from '../../../examples/browser-extension/src/pages/harbor.ts';
import { digestOf, imageOfAddress, imagesOf } from '../support/read.ts';

const HARBOR = 'https://harbor.example.com';
const LIST = `${HARBOR}/harbor/projects/7/repositories/app/artifacts-tab`;

/** The path at the top of a page of a repository. */
const breadcrumb =
  '<div class="breadcrumb"><a>Projects</a><span class="back-icon">&lt;</span><a>team</a></div>';

function row(digest: string, tags = ''): string {
  return `
    <clr-dg-row><clr-dg-cell class="flex-max-width truncated"><div class="cell white-normal">
      <a href="javascript:void(0)" class="digest margin-left-5" title="${digest}"> ${digest.slice(0, 15)}</a>
    </div></clr-dg-cell><clr-dg-cell class="center"><span class="truncated">${tags}</span></clr-dg-cell></clr-dg-row>`;
}

describe('the address of a page of Harbor', () => {
  it('has the number of the project, and no name', () => {
    const url = new URL(`${LIST}/artifacts/${digestOf(1)}`);
    expect(imageOfAddress('harbor', url.href)).toBeUndefined();
    expect(harborPlace(url)).toEqual({
      project: '7',
      repository: 'app',
      digest: digestOf(1),
      inIndex: false,
    });
  });

  it('may have the name of the project, as links from elsewhere have', () => {
    const url = `${HARBOR}/harbor/projects/team/repositories/app/artifacts-tab/artifacts/${digestOf(1)}`;
    expect(imageOfAddress('harbor', url)).toBe(`harbor.example.com/team/app@${digestOf(1)}`);
  });

  it('names the index for what an index lists', () => {
    const url = new URL(`${LIST}/depth/${digestOf(2)}/artifacts/${digestOf(3)}`);
    expect(harborPlace(url)).toMatchObject({ digest: digestOf(2), inIndex: true });
  });

  it('encodes the slashes of a repository twice', () => {
    const url = new URL(`${HARBOR}/harbor/projects/7/repositories/web%252F1/artifacts-tab`);
    expect(harborPlace(url)?.repository).toBe('web/1');
  });
});

it('finds the artifacts of a repository by their digests', () => {
  const html = `${breadcrumb}<clr-datagrid>${row(digestOf(1), 'v1')}${row(digestOf(2))}</clr-datagrid>`;
  expect(imagesOf('harbor', LIST, html)).toEqual([
    `harbor.example.com/team/app@${digestOf(1)}`,
    `harbor.example.com/team/app@${digestOf(2)}`,
  ]);
});

it('finds the tags of an artifact', () => {
  const html = `
    <div class="arrow-block"><a class="pl-0">Projects</a><a>team</a><a>app</a></div>
    <artifact-tag><clr-datagrid><clr-dg-row><clr-dg-cell>
      <div class="pull"><span class="max-width-150" title="v1">v1</span></div>
    </clr-dg-cell></clr-dg-row></clr-datagrid></artifact-tag>`;
  expect(imagesOf('harbor', `${LIST}/artifacts/${digestOf(1)}`, html)).toEqual([
    'harbor.example.com/team/app:v1',
  ]);
});

it('finds nothing among the platforms of an index, which have no signatures of their own', () => {
  const html = `${breadcrumb}<clr-datagrid>${row(digestOf(3))}</clr-datagrid>`;
  expect(imagesOf('harbor', `${LIST}/depth/${digestOf(2)}`, html)).toEqual([]);
});

it('finds nothing while the name of the project is not there', () => {
  expect(imagesOf('harbor', LIST, row(digestOf(1)))).toEqual([]);
});
