import type { Ability } from './abilities.ts';
import type { Delivery } from './host/deliveries.ts';

/** As test/runtimes/host/server.ts has it. */
const DELIVERED = JSON.stringify({ entries: 'abcdefgh'.repeat(40).split('') });

/**
 * Returns in which ways this runtime does what standards say, among those in which runtimes differ and on which notarykit
 * does not depend.
 * @param host - The origin of the host.
 */
export async function probeQuirks(host: string): Promise<Ability[]> {
  const read = (way: Delivery) => readsWhole(`${host}/delivered/${way}`);
  const notices = (way: Delivery) => fails(`${host}/delivered/${way}`);
  const post = { method: 'POST', body: Uint8Array.of(1, 2, 3) };
  return [
    { name: 'notices that a body in chunks is cut off', able: await notices('cutOffChunks') },
    { name: 'notices that a body in gzip is cut off', able: await notices('cutOffGzip') },
    { name: 'reads every member of a body in gzip', able: await read('gzipMembers') },
    {
      name: 'decodes `Content-Encoding: deflate` and `x-gzip`',
      able: (await read('deflate')) && (await read('xGzip')),
    },
    { name: 'decodes `Content-Encoding: zstd`', able: await read('zstd') },
    { name: 'takes response headers of more than 16 KiB', able: await read('longHeaders') },
    { name: 'takes more than 100 response headers', able: await read('manyHeaders') },
    { name: 'takes more than 256 response headers', able: await read('veryManyHeaders') },
    { name: 'takes a `Content-Length` that is repeated', able: await read('repeatedLength') },
    { name: 'reads the body of a redirect without `Location`', able: await read('redirectWithoutLocation') },
    {
      name: 'sends bytes again on 307 and 308',
      able: await readsWhole(`${host}/delivered/redirect307`, post),
    },
    { name: 'makes another ECDSA signature each time', able: await signsDifferently() },
    { name: 'makes RSA keys of any length', able: await makesKeyOf(2056) },
  ];
}

/** Reports whether work fulfils with `true`. */
async function isAble(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch {
    return false;
  }
}

function readsWhole(url: string, init?: RequestInit): Promise<boolean> {
  return isAble(async () => (await textOf(url, init)) === DELIVERED);
}

async function fails(url: string): Promise<boolean> {
  return !(await isAble(async () => (await textOf(url)) !== DELIVERED));
}

async function textOf(url: string, init?: RequestInit): Promise<string> {
  return (await fetch(url, init)).text();
}

function signsDifferently(): Promise<boolean> {
  return isAble(async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const { privateKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    const sign = async () =>
      new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, Uint8Array.of(1))).join();
    const first = await sign();
    return (await sign()) !== first;
  });
}

/** Some round the length to a multiple of 128 bits. */
function makesKeyOf(modulusLength: number): Promise<boolean> {
  return isAble(async () => {
    const { publicKey } = await crypto.subtle.generateKey(
      { name: 'RSA-PSS', modulusLength, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    );
    return (publicKey.algorithm as RsaHashedKeyAlgorithm).modulusLength === modulusLength;
  });
}
