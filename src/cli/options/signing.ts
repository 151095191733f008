import type { SignatureFormat } from '../../envelope/model.ts';
import type { NotationConfig } from '../../node/notation-config.ts';
import type { SigningOptions } from '../../signer/signing.ts';
import type { Flags, Values } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { KEY_FLAGS, openSigner } from './keys.ts';
import { readTimestamper, TIMESTAMP_FLAGS } from './timestamp.ts';

/** Flags of commands that sign. */
export const SIGNING_FLAGS = {
  ...KEY_FLAGS,
  'signature-format': {
    kind: 'text',
    value: 'format',
    choices: ['jws', 'cose'],
    summary: 'the envelope of the signature; that of the configuration by default',
  },
  expiry: {
    kind: 'duration',
    short: 'e',
    value: 'duration',
    summary: 'when the signature expires, such as 12h or 3h20m',
  },
  'user-metadata': { kind: 'pairs', short: 'm', value: 'key=value', summary: 'what the signature is to say' },
  ...TIMESTAMP_FLAGS,
} as const satisfies Flags;

/** Opens the key and reads the options of a signature from the command line. */
export async function signingOptions(
  values: Values<typeof SIGNING_FLAGS>,
  config: NotationConfig,
  terminal: Terminal,
): Promise<SigningOptions> {
  const format = values['signature-format'] as SignatureFormat | undefined;
  return {
    signer: await openSigner(values, config, terminal),
    format: format ?? config.format,
    expiresIn: values.expiry,
    userMetadata: values['user-metadata'],
    timestamp: await readTimestamper(values),
    signal: terminal.signal,
  };
}
