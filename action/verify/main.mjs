import { runVerify } from '../dist/action.mjs';

await runVerify();
