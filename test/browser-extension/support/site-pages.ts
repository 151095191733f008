// Pages written after the structure of the real ones: their addresses, where names stand, and which elements hold them.

/** The tags of a repository on Docker Hub: rows that are no table, with links to the layers of each image. */
export function dockerHubTags(repository: string, tags: readonly { tag: string; digest: string }[]): string {
  const rows = tags.map(
    ({ tag, digest }) => `
      <div data-testid="repotagsTagListItem-${tag}" class="row">
        <a data-testid="navToImage" href="/layers/${repository}/${tag}/images/${digest.replace(':', '-')}">${tag}</a>
        <span>Last pushed a day ago by <a href="/u/acme">acme</a></span>
        <code>docker pull ${repository}:${tag}</code>
      </div>`,
  );
  return page(`${repository} tags | Docker Hub`, `<h1>${repository}</h1><main>${rows.join('')}</main>`);
}

/** A package of GitHub: the command to pull it, and labels that lead to its versions. */
export function githubPackage(owner: string, project: string, name: string, tags: readonly string[]): string {
  const rows = tags.map(
    (tag, index) => `
      <li class="Box-row">
        <a class="Label mr-1 mb-2 text-normal" href="/${owner}/${project}/pkgs/container/${name}/${1000 + index}?tag=${tag}">${tag}</a>
        <small class="color-fg-muted">Published about a month ago</small>
      </li>`,
  );
  return page(
    `Package ${name} · GitHub`,
    `<h1 class="lh-condensed">${name}</h1>
     <pre class="p-3">docker pull ghcr.io/${owner}/${name}:${tags[0]}</pre>
     <ul class="Box">${rows.join('')}</ul>`,
  );
}

/** The tags of a repository on Quay: a table, with a link for each tag. */
export function quayTags(repository: string, tags: readonly string[]): string {
  const rows = tags.map(
    (tag) => `
      <tr>
        <td data-label="Tag"><a href="/repository/${repository}/tag/${tag}">${tag}</a></td>
        <td data-label="Security">Passed</td>
        <td data-label="Size">3.9 MiB</td>
      </tr>`,
  );
  return page(
    `${repository} · Quay`,
    `<h1>${repository}</h1>
     <table aria-label="Tags"><thead><tr><th>Tag</th><th>Security</th><th>Size</th></tr></thead>
     <tbody>${rows.join('')}</tbody></table>`,
  );
}

/** The artifacts of a repository on Harbor: a data grid, whose rows name digests. The project is in the breadcrumbs. */
export function harborArtifacts(
  project: string,
  repository: string,
  artifacts: readonly { tag: string; digest: string }[],
): string {
  const rows = artifacts.map(
    ({ tag, digest }) => `
      <clr-dg-row role="row">
        <clr-dg-cell role="gridcell"><a href="javascript:void(0)" class="digest margin-left-5" title="${digest}">${digest.slice(0, 15)}</a></clr-dg-cell>
        <clr-dg-cell role="gridcell"><span class="truncated">${tag}</span></clr-dg-cell>
        <clr-dg-cell role="gridcell">3.9MiB</clr-dg-cell>
      </clr-dg-row>`,
  );
  return page(
    'Harbor',
    `<div class="breadcrumb"><a href="/harbor/projects">Projects</a><a href="/harbor/projects/1/repositories">${project}</a></div>
     <h2 class="custom-h2">${repository}</h2>
     <clr-datagrid role="grid" aria-label="Artifacts">${rows.join('')}</clr-datagrid>`,
    'clr-dg-row{display:flex}clr-dg-cell{padding:.4rem 1.2rem;width:12rem;border-bottom:1px solid #ddd}.breadcrumb a{margin-right:1rem}',
  );
}

/** A page of anybody, whose links lead to images. */
export function pageWithLinks(title: string, links: readonly string[], further = ''): string {
  const items = links.map((link) => `<li><a href="${link}">${link}</a></li>`);
  return page(title, `<h1>${title}</h1>${further}<ul>${items.join('')}</ul>`);
}

export function page(title: string, body: string, style = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 sans-serif;margin:2rem;color:#222}table{border-collapse:collapse}td,th{padding:.4rem 1.2rem;border-bottom:1px solid #ddd;text-align:left}.row{display:flex;gap:1.5rem;padding:.4rem 0;border-bottom:1px solid #ddd}${style}</style>
</head><body>${body}</body></html>`;
}
