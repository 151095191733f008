import type { Terminal } from '../../cli/terminal.ts';

/** What an exchange of tokens needs of the step. */
export interface ExchangeContext {
  readonly env: Terminal['env'];
  readonly signal: AbortSignal;
  mask(secret: string): void;
}
