import { startContent } from './start-content.ts';

// The browser runs this again when the page is enabled while it is open.
const running = globalThis as { notarykitRuns?: true };
if (!running.notarykitRuns) {
  running.notarykitRuns = true;
  void startContent(chrome, document);
}
