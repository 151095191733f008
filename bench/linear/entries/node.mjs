export default [
  {
    of: 'node/plugins/read-zip.ts readZip',
    n: 20_000,
    input: (n) => Buffer.from('PK\x05\x06'.repeat(n)),
    call: drain,
    throws: 'ERR_PLUGIN_INVALID',
  },
  {
    of: 'node/plugins/read-tar.ts readTarGz',
    n: 500,
    input: (n, { gzipSync }) => gzipSync(Buffer.alloc(512 * n)),
    call: drain,
  },
];

async function drain(f, archive) {
  let count = 0;
  for await (const _ of f(archive)) count++;
  return count;
}
