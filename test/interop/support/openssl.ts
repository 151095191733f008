import { type Outcome, run } from './run.ts';
import { toolPath } from './tools.ts';

/** How openssl is run. */
export interface OpensslOptions {
  /** The time of its clock, in the syntax of `faketime`: `-2d` is two days ago. */
  clock?: string | undefined;
}

/** Runs openssl, which must succeed, and returns its output. */
export async function openssl(args: readonly string[], { clock }: OpensslOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await outcomeOf(args, clock);
  if (code === 0) return stdout;
  throw new Error(`openssl ${args.join(' ')} failed with ${code}: ${stderr}`);
}

function outcomeOf(args: readonly string[], clock: string | undefined): Promise<Outcome> {
  if (clock === undefined) return run('openssl', args);
  return run('faketime', ['-f', clock, toolPath('openssl'), ...args]);
}

/** A section of a configuration file. */
export function section(name: string, values: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${value}`],
  );
  return [`[${name}]`, ...lines, ''].join('\n');
}

/** A time as `openssl ca` takes it. */
export function opensslTime(time: Date): string {
  return `${time.toISOString().replace(/[-:T]|\.\d+/g, '')}`;
}

/** DER of the first block of PEM. */
export function derOf(pem: string): Buffer {
  const [, base64 = ''] = /-----BEGIN [^-]+-----([^-]+)-----END/.exec(pem) ?? [];
  return Buffer.from(base64, 'base64');
}
