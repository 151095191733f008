import { createReadStream } from 'node:fs';
import { attempt } from '../../node/files/system-errors.ts';
import type { NotationConfig } from '../../node/notation-config.ts';
import type { BlobVerificationReport } from '../../verifier/report.ts';
import { evaluateBlob } from '../../verify-blob.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { printFormatted } from '../evaluation.ts';
import { exitCodeOf } from '../exit-code.ts';
import { advised } from '../next-step.ts';
import { readGivenFile } from '../options/files.ts';
import { formatFor, VERDICT_FLAGS } from '../options/output.ts';
import { dialectOf } from '../options/policy.ts';
import { openConfig } from '../options/registry.ts';
import { VERIFICATION_FLAGS } from '../options/verification.ts';
import { printVerdict } from '../verdict.ts';

const { 'user-metadata': metadata, 'plugin-config': plugin, dialect } = VERIFICATION_FLAGS;
const MAX_SIGNATURE = 32 * 1024 * 1024;

export const command = defineCommand({
  description: 'Verify the signature of a file by the trust policy for blobs.',
  operands: [{ name: 'file' }],
  flags: {
    signature: { kind: 'text', short: 's', value: 'file', summary: 'the signature' },
    'policy-name': {
      kind: 'text',
      value: 'name',
      summary: 'the statement of the trust policy; the global one by default',
    },
    'media-type': { kind: 'text', value: 'type', summary: 'what the signature must say of the file' },
    'user-metadata': metadata,
    'plugin-config': plugin,
    dialect,
    ...VERDICT_FLAGS,
  },
  examples: [
    { title: 'Verify a file', line: 'blob verify --signature release.zip.jws.sig release.zip' },
    {
      title: 'By another statement',
      line: 'blob verify --policy-name files -s release.zip.jws.sig release.zip',
    },
  ],
  async run({ values, operands: [path = ''], terminal }) {
    if (values.signature === undefined)
      throw usageError('--signature is missing: the file of the signature', 'blob verify');
    const config = await openConfig({ dialect: dialectOf(values.dialect) });
    const report = await evaluateFile(path, values.signature, config, values, terminal.signal);
    const format = await formatFor(values.output);
    if (format) printFormatted(format, [advised({ reference: path, report })], terminal);
    else printVerdict(path, report, terminal);
    return exitCodeOf(report);
  },
});

/** What is required of a blob and its signature. */
interface BlobRequirements {
  readonly 'policy-name'?: string | undefined;
  readonly 'media-type'?: string | undefined;
  readonly 'user-metadata'?: Readonly<Record<string, string>> | undefined;
  readonly 'plugin-config'?: Readonly<Record<string, string>> | undefined;
}

/** Evaluates the signature of a file. */
export async function evaluateFile(
  path: string,
  signaturePath: string,
  { blobTrustPolicy: trustPolicy, trustStore, plugins }: NotationConfig,
  required: BlobRequirements,
  signal: AbortSignal,
): Promise<BlobVerificationReport> {
  const signature = await readGivenFile(signaturePath, 'signature', MAX_SIGNATURE);
  return attempt('ERR_ARGUMENT_INVALID', `read ${path}`, () =>
    evaluateBlob(createReadStream(path), signature, {
      trustPolicy,
      trustStore,
      plugins,
      policyName: required['policy-name'],
      mediaType: required['media-type'],
      userMetadata: required['user-metadata'],
      pluginConfig: required['plugin-config'],
      signatureFormat: formatOf(signaturePath),
      signal,
    }),
  );
}

/** The format that the name of a signature file says, as in notation. */
function formatOf(path = ''): 'jws' | 'cose' | undefined {
  const [, format] = /\.(jws|cose)\.sig$/.exec(path) ?? [];
  return format === 'jws' || format === 'cose' ? format : undefined;
}
