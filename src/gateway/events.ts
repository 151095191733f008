import type { ErrorCode } from '../errors/index.ts';
import { safely } from '../net/body.ts';
import type { Classification } from '../verifier/classify.ts';
import type { CacheUse, VerificationReport } from '../verifier/report.ts';

/** What is done about an artifact that is not trusted. */
export type GatewayMode = 'enforce' | 'warn' | 'audit';

/** What the gateway found about a manifest: a class of `classify`, or `exempt` for signatures and lists of referrers. */
export type GatewayVerdict = Classification['class'] | 'exempt';

/** One decision of the gateway about a manifest. It has no credentials. */
export interface GatewayEvent {
  /** What the client requested, such as `registry.example.com/team/app:v1`. */
  reference: string;
  method: 'GET' | 'HEAD';
  /** The digest of the manifest; absent if it is not known. */
  digest?: string;
  verdict: GatewayVerdict;
  /** Whether the client got the manifest. */
  served: boolean;
  mode: GatewayMode;
  /** Why it is not trusted, or why there is no verdict. */
  code?: ErrorCode;
  message?: string;
  /** How the verdict cache was used. */
  cache?: CacheUse['result'];
  /** The report, if there is one. */
  report?: VerificationReport;
  /** Milliseconds that the upstream took, and those for the verdict. */
  durations: { upstream: number; verdict: number };
}

/** Makes a function that reports events. Listeners must not decide: what they throw is ignored. */
export function createReporter(
  listener: ((event: GatewayEvent) => void) | undefined,
): (event: GatewayEvent) => void {
  return safely(listener) ?? (() => undefined);
}
