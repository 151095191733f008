import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';

/** Runs the check of `npm run words` on the text of one file; resolves to its exit code and its lines. */
function check(path: string, text: string): Promise<{ code: unknown; lines: string[] }> {
  return new Promise((resolve) => {
    const args = ['--no-progress', '--no-summary', '--config', 'cspell.yaml', `stdin://${path}`];
    const child = execFile('node_modules/.bin/cspell', args, (error, stdout) => {
      resolve({ code: error?.code ?? 0, lines: stdout.split('\n').filter((line) => line !== '') });
    });
    child.stdin?.end(text);
  });
}

it('the check of words finds wrong words, phrases and spellings only where they are wrong', async () => {
  const { code, lines } = await check(
    'src/planted.ts',
    `// askServer
// replies
// time-stamped
// a certificate that is none
// recieve
// octets
// Ask the operator. An OCTET STRING; application/octet-stream; application/timestamp-reply.
`,
  );
  expect(code).toBe(1);
  expect(lines.map((line) => line.replace(/^.*?(\d+):\d+ - .*\((.*?)\) fix.*$/, '$1 $2'))).toEqual([
    '1 ask',
    '2 replies',
    '3 time-stamped',
    '4 thatisnone',
    '5 recieve',
    '6 octets',
  ]);
});
