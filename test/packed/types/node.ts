// For options of Node: optional members may be set to undefined explicitly.
import { createSigner, type ErrorCode, isNotationError, type VerifyOptions, verify } from 'notarykit';
import { createFileTrustStore, loadTrustPolicy } from 'notarykit/node';
import { createRegistry } from 'notarykit/oci';
import { createRevocationChecker } from 'notarykit/x509/revocation';

export async function use(
  key: Parameters<typeof createSigner>[0]['privateKey'],
  signal?: AbortSignal,
): Promise<ErrorCode | 'verified'> {
  try {
    const signer = await createSigner({ privateKey: key, certificates: '' });
    const credentials = { 'r.example': { username: signer.certificates.join(), password: '' } };
    const registry = createRegistry({ credentials, fetch: undefined, plainHttp: undefined });
    const options: VerifyOptions = { signal, limits: undefined, platforms: undefined };
    const tag: string | undefined = process.env.TAG;
    await verify(
      { registry: 'r.example', repository: 'app', tag, digest: undefined },
      {
        registry,
        trustPolicy: await loadTrustPolicy(),
        trustStore: createFileTrustStore(),
        revocation: createRevocationChecker({ fetch: globalThis.fetch }),
        clock: undefined,
        ...options,
      },
    );
    return 'verified';
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return error.code;
  }
}

// This would compile if a missing type became any.
// @ts-expect-error
export const mistake: Parameters<typeof createSigner>[0]['privateKey'] = 42;

/** Internal layers. */
export type Internal = [
  // @ts-expect-error
  typeof import('notarykit/net'),
  // @ts-expect-error
  typeof import('notarykit/crypto'),
  // @ts-expect-error
  typeof import('notarykit/encoding'),
];
