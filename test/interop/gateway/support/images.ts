import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Descriptor, parseReference, type Registry } from '../../../../src/index.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
const BLOCK = 512;

/** An image of one platform that containerd and dockerd can unpack; its layer has one file that names it. */
export async function pushImage(
  registry: Registry,
  name: string,
  options: { architecture?: string; tag?: string; layerBytes?: number; content?: string } = {},
): Promise<Descriptor> {
  const { architecture = 'amd64', tag, layerBytes = 0, content = `${name}:${tag}` } = options;
  const repository = registry.repository(parseReference(name));
  const padding = Buffer.alloc(layerBytes, createHash('sha512').update(name).digest());
  const layer = tarOf('image', Buffer.concat([Buffer.from(`${content} ${architecture}\n`), padding]));
  const config = {
    architecture,
    os: 'linux',
    config: { Cmd: ['/image'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await repository.pushBlob(CONFIG, encode(config)),
    // Stored, not compressed, so that a layer is as large as it should be.
    layers: [await repository.pushBlob(LAYER, gzipSync(layer, { level: 0 }))],
  };
  return repository.pushManifest(MANIFEST, encode(manifest), tag === undefined ? {} : { tag });
}

/** An index of images of two platforms, which no other tag has. */
export async function pushIndex(
  registry: Registry,
  name: string,
  options: { tag: string },
): Promise<{ index: Descriptor; children: readonly Descriptor[] }> {
  const children: Descriptor[] = [];
  const manifests: object[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const child = await pushImage(registry, name, { architecture, content: `${name}:${options.tag}` });
    children.push(child);
    manifests.push({ ...child, platform: { os: 'linux', architecture } });
  }
  const index = { schemaVersion: 2, mediaType: INDEX, manifests };
  const repository = registry.repository(parseReference(name));
  return { index: await repository.pushManifest(INDEX, encode(index), options), children };
}

const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** A tar archive of one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  const fields: readonly [offset: number, text: string][] = [
    [0, name],
    [100, '0000755\0'],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [124, `${content.length.toString(8).padStart(11, '0')}\0`],
    [136, '00000000000\0'],
    [148, '        '],
    [156, '0'],
    [257, 'ustar\0'],
    [263, '00'],
  ];
  for (const [offset, text] of fields) header.write(text, offset, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc(BLOCK - ((content.length - 1) % BLOCK) - 1 + 2 * BLOCK);
  return Buffer.concat([header, content, padding]);
}
