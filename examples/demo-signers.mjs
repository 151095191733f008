// The keys of the demo: in memory, in a file with a passphrase, behind a notation plugin, or in Vault.
import { createPrivateKey } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { createSigner } from 'notarykit';
import { createVaultSigner } from 'notarykit/kms/vault';
import { createPluginManager } from 'notarykit/node';
import { createPluginSigner } from 'notarykit/plugin';
import { generateTestChain, issueTestChain } from 'notarykit/testing';
import { startVault } from './demo-vault.mjs';

const NAME = 'release.acme.example';

const SIGNERS = { memory: inMemory, file: inFile, plugin: byPlugin, vault: inVault };

/** Returns a signer of the kind that SIGNER names, the root of its chain, a description, and how to clean up after it. */
export async function companySigner(directory) {
  const kind = env.SIGNER || 'memory';
  if (!Object.hasOwn(SIGNERS, kind)) {
    throw new Error(`SIGNER is ${kind}, but can be ${Object.keys(SIGNERS).join(', ')}`);
  }
  return SIGNERS[kind](directory);
}

async function inMemory() {
  const chain = await generateTestChain({ name: NAME, keySpec: 'EC-256' });
  return { what: 'a key in memory', root: chain.root, signer: await createSigner(chain) };
}

/** As `openssl pkcs8 -topk8` writes it, next to a file of certificates in any order. */
async function inFile(directory) {
  const { privateKey, certificates, root } = await generateTestChain({ name: NAME, keySpec: 'EC-256' });
  const passphrase = 'correct horse battery staple';
  const encrypted = createPrivateKey(privateKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  const [keyFile, bundleFile] = [join(directory, 'release.key'), join(directory, 'release.crt')];
  await writeFile(keyFile, encrypted, { mode: 0o600 });
  await writeFile(
    bundleFile,
    certificates
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .reverse()
      .join(''),
  );

  const signer = await createSigner({
    privateKey: await readFile(keyFile, 'utf8'),
    certificates: await readFile(bundleFile, 'utf8'),
    passphrase,
  });
  return { what: `the encrypted key ${keyFile}`, root, signer };
}

/**
 * The plugin is a program in this directory. It is installed like any other, so the notation CLI would find it, too.
 */
async function byPlugin(directory) {
  const { privateKey, certificates, root } = await generateTestChain({ name: NAME, keySpec: 'EC-256' });
  const program = join(directory, 'notation-demo');
  const keys = join(directory, 'keys');
  await mkdir(keys);
  await writeFile(join(keys, 'release.json'), JSON.stringify({ privateKey, certificates }), { mode: 0o600 });
  await copyFile(fileURLToPath(new URL('notation-demo.cjs', import.meta.url)), program);
  await chmod(program, 0o755);

  const plugins = createPluginManager({ directory: join(directory, 'plugins') });
  await plugins.install(program);
  const plugin = await plugins.get('demo');
  const signer = await createPluginSigner({ plugin, keyId: 'release', pluginConfig: { keys } });
  return { what: 'the plugin "demo"', root, signer };
}

/**
 * In the server of VAULT_ADDR, by VAULT_TOKEN, as `vault` itself takes them; else in a stand-in on loopback. The demo makes
 * a key of its own in the transit engine, which stays there.
 */
async function inVault() {
  if (env.VAULT_ADDR && !env.VAULT_TOKEN) throw new Error('VAULT_ADDR is set, but VAULT_TOKEN is not');
  const stand = env.VAULT_ADDR ? undefined : await startVault();
  const address = stand ? stand.address : env.VAULT_ADDR.replace(/\/+$/, '');
  const token = stand ? stand.token : env.VAULT_TOKEN;
  const keyName = `notarykit-demo-${Date.now()}`;
  const request = async (method, path, body) => {
    const headers = { 'x-vault-token': token };
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    }).catch((cause) => {
      throw new Error(`Vault at ${address} cannot be reached`, { cause });
    });
    if (response.status === 404) throw new Error('Vault has no transit engine: vault secrets enable transit');
    if (!response.ok)
      throw new Error(`Vault responds to ${path} with ${response.status}: ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  };
  await request('POST', `transit/keys/${keyName}`, { type: 'ecdsa-p256' });
  const { data } = await request('GET', `transit/keys/${keyName}`);
  const { certificates, root } = await issueTestChain({ name: NAME, publicKey: data.keys[1].public_key });

  const signer = await createVaultSigner({ address, token, keyName, certificates });
  const what = `the key ${keyName} of ${stand ? 'a stand-in for Vault' : 'Vault'} at ${address}`;
  return { what, root, signer, stop: () => stand?.stop() };
}
