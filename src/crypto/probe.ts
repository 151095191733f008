import { type KeySpec, signatureAlgorithms } from './algorithms.ts';
import { subtle } from './subtle.ts';
import type { ImportParams } from './types.ts';

/** Returns a modulus of ones, base64url: imports check only that it is odd and has the right length. */
const modulus = (bits: number) =>
  `${'_'.repeat(Math.floor(bits / 6))}${bits % 6 === 2 ? 'w' : bits % 6 === 4 ? '8' : ''}`;

/**
 * Reports for which types of key this runtime can verify signatures: some lack the curve P-521, for instance. To add a
 * missing one, install a provider such as `@peculiar/webcrypto` as `globalThis.crypto`.
 *
 * @returns For each type of key that the specification allows, whether it can be used.
 * @throws NotationError `ERR_RUNTIME_UNSUPPORTED` if the runtime has no WebCrypto
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#algorithm-selection
 *
 * @example
 * ```ts
 * import { probeAlgorithms } from 'notarykit';
 *
 * const abilities = await probeAlgorithms();
 * console.log(abilities['EC-521'] ? 'every curve' : 'no P-521 here');
 * ```
 */
export async function probeAlgorithms(): Promise<Readonly<Record<KeySpec, boolean>>> {
  const probed = await Promise.all(
    signatureAlgorithms.map(async ({ keySpec, importParams }) => {
      const able =
        importParams.name === 'ECDSA'
          ? await supportsCurve(importParams)
          : await supportsModulus(importParams, Number(keySpec.slice(4)));
      return [keySpec, able] as const;
    }),
  );
  return Object.fromEntries(probed) as Record<KeySpec, boolean>;
}

/** Reports whether the runtime supports a curve, by generating a key. */
export async function supportsCurve(params: ImportParams): Promise<boolean> {
  const crypto = subtle();
  return succeeds(() => crypto.generateKey(params, false, ['sign', 'verify']));
}

/** Reports whether the runtime verifies RSA signatures with moduli of a length: some fail only when a key is used. */
export async function supportsModulus(params: ImportParams, bits: number): Promise<boolean> {
  const crypto = subtle();
  const jwk = { kty: 'RSA', n: modulus(bits), e: 'AQAB' };
  const { name, hash = '' } = params;
  return succeeds(async () => {
    const key = await crypto.importKey('jwk', jwk, params, false, ['verify']);
    const how = { name, saltLength: Number(hash.slice(4)) / 8 };
    await crypto.verify(how, key, new Uint8Array(Math.ceil(bits / 8)), new Uint8Array());
  });
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}
