import { runSign } from '../dist/action.mjs';

await runSign();
