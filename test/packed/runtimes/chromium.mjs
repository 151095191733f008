import { createHash } from 'node:crypto';
import { installedProgram, loadTool } from './run.mjs';
import { fileOf, serve } from './static-server.mjs';

const FLAGS = [
  // Chromium's own sandbox refuses to run as root.
  '--no-sandbox',
  // Requests may go to the loopback only.
  ...['--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** Opens a page that imports the package as it is installed, by an import map, under a strict policy. */
export function runInChromium(project, entries) {
  return readPage(pageOf(entries), project);
}

/** Opens a page that has one script of a directory, under the same policy: a bundle. */
export function runBundleInChromium(directory, scriptTag) {
  return readPage(pageWith(scriptTag), directory);
}

/** Opens a page whose files are those of a directory, and gives what its `<output>` says. */
async function readPage(page, directory) {
  const executablePath = await installedProgram('chromium');
  const { chromium } = loadTool('playwright-core');
  // Browsers request an icon by themselves.
  const pages = { '/': page, '/favicon.ico': { status: 204 } };
  const server = await serve((path) => pages[path] ?? fileOf(directory, path));
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
  const tags = `<script type="importmap">${importMap}</script>
<script type="module" src="/page.mjs"></script>`;
  return pageWith(tags, ` 'sha256-${hash}'`);
}

function pageWith(tags, allowed = '') {
  const policy = `default-src 'none'; script-src 'self'${allowed}; connect-src 'self'; img-src 'self'`;
  const body = `<!doctype html>
<html lang="en">
<title>notarykit from a static server</title>
${tags}
<output></output>
</html>`;
  return { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }, body };
}
