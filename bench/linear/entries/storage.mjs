import { content, digest, fill, json, MANIFEST, manifest, members, stored } from './inputs.mjs';

const EMPTY = 'application/vnd.oci.empty.v1+json';
const SIGNATURE = 'application/vnd.cncf.notary.signature';

export default [
  { of: 'storage/contents.ts blobsOf', n: 200, input: (n) => json(manifest({ layers: fill(n, content) })) },
  {
    of: 'storage/platforms.ts parsePlatforms',
    n: 25,
    input: (n) => json({ schemaVersion: 2, manifests: fill(n, () => stored) }),
    call: (f, bytes) => f(bytes, digest),
  },
  {
    of: 'storage/signature-manifest.ts parseSignatureManifest',
    n: 1000,
    input: (n) =>
      json(
        manifest({
          artifactType: SIGNATURE,
          config: { ...content(), mediaType: EMPTY },
          subject: content(),
          annotations: members(n, String),
        }),
      ),
    call: (f, bytes) => f(bytes, MANIFEST),
  },
];
