// For edge workers, which are always bundled.
import { entries } from './portable-entries.mjs';
import { verifyFixture } from './verify.mjs';

export default {
  async fetch() {
    try {
      return new Response(await verifyFixture(entries));
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
