import type { Terminal } from './terminal.ts';

/** Shows on a terminal how far the work has come; nothing in a pipe. */
export interface Progress {
  update(text: string): void;
  stop(): void;
}

/** The room of the spinner and of a margin: a line that wraps cannot be erased in every terminal. */
const MARGIN = 4;
const COLUMNS = 80;

/** Starts to show progress on standard error, if that is a terminal. */
export async function startProgress({ stderr, env, errorColors }: Terminal): Promise<Progress> {
  if (stderr.isTTY !== true || env.TERM === 'dumb' || env.CI) return { update() {}, stop() {} };
  const { default: createSpinner } = await import('yocto-spinner');
  const width = (stderr.columns ?? COLUMNS) - MARGIN;
  const spinner = createSpinner({
    stream: stderr as NodeJS.WriteStream,
    // Ctrl-C must let the rest be reported.
    handleSignals: false,
    ...(!errorColors.isColorSupported && { color: 'white' as const }),
  });
  spinner.start();
  return {
    update(text) {
      spinner.text = text.slice(0, width);
    },
    stop: () => void spinner.stop(),
  };
}
