// Runs scripts of package.json at the same time, and prints what each wrote once it has ended:
// node scripts/checks.mjs lint typecheck. Fails if one of them does.
import { spawn } from 'node:child_process';

/** Runs a script; resolves to whether it succeeded. */
function check(name) {
  const started = performance.now();
  const { FORCE_COLOR = process.stdout.isTTY ? '1' : '0' } = process.env;
  const child = spawn('npm', ['run', '--silent', name], {
    env: { ...process.env, FORCE_COLOR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'passed' : 'FAILED'}: npm run ${name} (${seconds} s)\n`);
      process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(process.argv.slice(2).map(check));
if (passed.includes(false)) process.exitCode = 1;
