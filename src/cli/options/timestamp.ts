import { argumentInvalid } from '../../errors/notation-error.ts';
import type { TimestamperOptions } from '../../x509/timestamp/timestamper.ts';
import type { Flags, Values } from '../flags.ts';
import { readGivenFile } from './files.ts';

/** Flags of commands that have their signatures timestamped. */
export const TIMESTAMP_FLAGS = {
  'timestamp-url': { kind: 'text', value: 'url', summary: 'the timestamp authority (RFC 3161)' },
  'timestamp-root-cert': {
    kind: 'text',
    value: 'file',
    summary: 'the root certificate of the timestamp authority',
  },
} as const satisfies Flags;

/** Reads the timestamp authority that the command line gives. */
export async function readTimestamper(
  values: Values<typeof TIMESTAMP_FLAGS>,
): Promise<TimestamperOptions | undefined> {
  const { 'timestamp-url': url, 'timestamp-root-cert': path } = values;
  if (url === undefined && path === undefined) return undefined;
  if (!url || !path)
    throw argumentInvalid('--timestamp-url and --timestamp-root-cert must be given together');
  return { url, rootCertificates: await readGivenFile(path, 'root certificate of the timestamp authority') };
}
