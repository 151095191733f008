import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';
import { serve } from './static-server.mjs';

/** A registry on the loopback interface that serves exactly the installed packages of a project, packed again. */
export async function serveInstalled(project) {
  const installed = await packInstalled(project);
  const registry = await serve(async (path) => {
    if (path.startsWith('/tarballs/')) return { body: await readFile(join(project, path)) };
    const versions = installed.filter(({ manifest }) => manifest.name === decodeURIComponent(path.slice(1)));
    if (versions.length === 0) return undefined;
    return { body: JSON.stringify(documentOf(versions, registry.address)) };
  });
  return registry;
}

/** Packs each package of node_modules; returns its package.json and its file. */
async function packInstalled(project) {
  const { packages } = JSON.parse(await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8'));
  const directories = Object.keys(packages).map((path) => `./${path}`);
  const tarballs = join(project, 'tarballs');
  await mkdir(tarballs);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs, ...directories];
  const packed = JSON.parse(await run('npm', args, { cwd: project }));
  return Promise.all(
    packed.map(async ({ integrity, filename }, index) => {
      const manifest = await readFile(join(project, directories[index], 'package.json'), 'utf8');
      return { manifest: JSON.parse(manifest), integrity, filename };
    }),
  );
}

/** The document of a package in a registry; several versions may be installed. */
function documentOf(installed, address) {
  const versions = installed.map(({ manifest, integrity, filename }) => [
    manifest.version,
    { ...manifest, dist: { integrity, tarball: `${address}/tarballs/${filename}` } },
  ]);
  const [{ manifest }] = installed;
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: Object.fromEntries(versions),
  };
}
