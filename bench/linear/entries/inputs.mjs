// What the inputs of several layers are made of.

export const read =
  (code = 'ERR_CERTIFICATE_INVALID') =>
  (f, bytes, { DerReader }, ...more) =>
    f(new DerReader(bytes, 'input', code), ...more);

export const json = (value) => Buffer.from(JSON.stringify(value));

export const fill = (n, make) => Array.from({ length: n }, (_, i) => make(i));

export const members = (n, make) => Object.fromEntries(fill(n, (i) => [`name${i}`, make(i)]));

export const digest = `sha256:${'0'.repeat(64)}`;

export const manifest = (more) => ({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config: content(),
  layers: [content()],
  ...more,
});

export const content = () => ({ mediaType: 'application/octet-stream', digest, size: 2 });

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export const stored = { mediaType: MANIFEST, digest, size: 2 };

export const response = (body) => ({
  body,
  truncated: false,
  peer: 'peer',
  url: new URL('https://peer.example'),
});

export const anySchema = ({ schema }) => schema.record(schema.string());
