// Writes test/dct/recorded/notary.json: the metadata that a real `notary-server` serves after a real `notary` client used it,
// with what the client lists. Both programs are in Debian's package notary.
//
//   node scripts/trust-fixtures/notary.mjs path/to/notary-server path/to/notary
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { argv, env } from 'node:process';
import { setTimeout } from 'node:timers/promises';

const [server, client] = argv.slice(2).map((path) => resolve(path));
if (!server || !client) throw new Error('name the programs notary-server and notary');
const PORT = 14_444;
const URL = `https://localhost:${PORT}`;
const GUN = 'localhost:5000/acme/web';
const directory = mkdtempSync(join(tmpdir(), 'notary-'));
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'passphrase']),
);
const hex = (digits) => digits.repeat(32);

const run = (program, args, input = '') =>
  execFileSync(program, args, {
    cwd: directory,
    env: { ...env, ...PASSPHRASES },
    input,
    stdio: 'pipe',
  }).toString();
const notary = (args, input) =>
  run(client, ['-s', URL, '--tlscacert', 'server.crt', '-d', 'trust', ...args], input);
const certificate = (name, key, extensions) => {
  const options = [
    '-nodes',
    '-days',
    '36500',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  ];
  run('openssl', ['req', '-x509', ...key, ...options, ...extensions.flatMap((text) => ['-addext', text])]);
};
const curve = (name) => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${name}`];
const signing = ['keyUsage=digitalSignature', 'extendedKeyUsage=codeSigning', 'basicConstraints=CA:false'];
const get = (path) => {
  try {
    return run('curl', ['-sSf', '--cacert', 'server.crt', `${URL}/v2/${path}`]);
  } catch {
    return undefined;
  }
};
const filesOf = (gun) => {
  const roles = ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases', 'targets/bob'];
  const names = [...roles, ...[1, 2, 3, 4, 5].map((version) => `${version}.root`)];
  const files = names.map((name) => [name, get(`${gun}/_trust/tuf/${name}.json`)]);
  return Object.fromEntries(files.filter(([, text]) => text !== undefined));
};
const list = (gun, ...roles) =>
  notary(['list', gun, ...roles.flatMap((role) => ['-r', role])])
    .split('\n')
    .slice(2)
    .filter(Boolean)
    .map((line) => {
      const [tag, digest, , role] = line.trim().split(/\s{2,}/);
      return { tag, role, digest: `sha256:${digest}` };
    });

certificate('server', curve('P-256'), ['subjectAltName=DNS:localhost']);
run('mv', ['server.key', 'server-key.pem']);
const config = {
  server: { http_addr: `127.0.0.1:${PORT}`, tls_key_file: 'server-key.pem', tls_cert_file: 'server.crt' },
  trust_service: { type: 'local' },
  storage: { backend: 'memory' },
  logging: { level: 'error' },
};
// The server reads paths from the directory of its configuration.
writeFileSync(join(directory, 'server.json'), JSON.stringify(config));
const running = spawn(server, ['-config', 'server.json'], { cwd: directory, stdio: 'ignore' });
try {
  for (let tries = 0; get('_trust/changefeed?records=1') === undefined; tries++) {
    if (tries > 50) throw new Error('the server does not start');
    await setTimeout(100);
  }
  certificate('alice', ['-newkey', 'rsa:2048'], signing);
  certificate('bob', curve('P-384'), signing);
  notary(['init', '-p', GUN]);
  notary(['addhash', '-p', GUN, 'v1', '10', '--sha256', hex('ab')]);
  const before = filesOf(GUN);
  notary(['key', 'rotate', GUN, 'snapshot', '-r']);
  notary(['delegation', 'add', '-p', GUN, 'targets/releases', 'alice.crt', '--all-paths']);
  notary(['delegation', 'add', '-p', GUN, 'targets/bob', 'bob.crt', '--paths', 'rel-,v']);
  notary(['key', 'import', 'alice.key', '--role', 'alice']);
  notary(['key', 'import', 'bob.key', '--role', 'bob']);
  notary(['addhash', '-p', GUN, 'v1', '20', '--sha256', hex('cd'), '-r', 'targets/releases']);
  notary(['addhash', '-p', GUN, 'rel-9', '30', '--sha256', hex('ef'), '-r', 'targets/bob']);
  notary(['addhash', '-p', GUN, 'v2', '40', '--sha256', hex('12'), '--sha512', hex('34').repeat(2)]);
  notary(['key', 'rotate', GUN, 'root'], 'yes\n');
  notary(['key', 'rotate', GUN, 'timestamp', '-r']);
  const recorded = {
    now: new Date().toISOString(),
    gun: GUN,
    before,
    files: filesOf(GUN),
    feed: JSON.parse(get('_trust/changefeed?records=100')),
    list: { docker: list(GUN, 'targets/releases', 'targets'), bob: list(GUN, 'targets/bob') },
  };
  writeFileSync('test/dct/recorded/notary.json', `${JSON.stringify(recorded, null, 1)}\n`);
  console.log(
    `${Object.keys(recorded.files).length} files, ${readFileSync('test/dct/recorded/notary.json').length} bytes`,
  );
} finally {
  running.kill();
  rmSync(directory, { recursive: true, force: true });
}
