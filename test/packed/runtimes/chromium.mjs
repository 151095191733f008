import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedProgram, RUNTIMES } from './run.mjs';
import { fileOf, serve } from './static-server.mjs';

const FLAGS = [
  // Chromium's own sandbox refuses to run as root.
  '--no-sandbox',
  // Requests may go to the loopback only.
  ...['--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** Opens a page that imports the package as it is installed, by an import map, under a strict policy. */
export async function runInChromium(project, entries) {
  const executablePath = await installedProgram('chromium');
  const { chromium } = loadPlaywright();
  const page = pageOf(entries);
  // Browsers request an icon by themselves.
  const pages = { '/': page, '/favicon.ico': { status: 204 } };
  const server = await serve((path) => pages[path] ?? fileOf(project, path));
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const seen = await openPage(browser, server.address);
    return `Chromium ${browser.version()}: ${seen}`;
  } finally {
    await browser.close();
    await server.close();
  }
}

async function openPage(browser, address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  const output = page.locator('output:not(:empty)');
  const seen = await output.textContent({ timeout: 30_000 }).catch((error) => error.message);
  const good = (await output.getAttribute('class', { timeout: 1000 }).catch(() => 'bad')) === 'good';
  if (!good || complaints.length > 0) throw new Error([seen, ...complaints].join('\n'));
  return seen;
}

/** An import map is an inline script, so that the policy has to name its hash; all else comes from the server. */
function pageOf(entries) {
  const importMap = JSON.stringify({ imports: entries }, null, 2);
  const hash = createHash('sha256').update(importMap).digest('base64');
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}'; connect-src 'self'; img-src 'self'`;
  const body = `<!doctype html>
<html lang="en">
<title>notarykit from a static server</title>
<script type="importmap">${importMap}</script>
<script type="module" src="/page.mjs"></script>
<output></output>
</html>`;
  return { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }, body };
}

function loadPlaywright() {
  try {
    return createRequire(join(RUNTIMES, 'package.json'))('playwright-core');
  } catch (error) {
    throw new Error('playwright-core is missing: run scripts/runtimes-tools.sh', { cause: error });
  }
}
