import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/gateway/index.ts';
import { run } from '../support/run.ts';
import type { Tool } from '../support/tools.ts';
import { CLIENTS } from './support/all-clients.ts';
import { type Pushed, Scene } from './support/scene.ts';

const PINS = fileURLToPath(new URL('../../../scripts/interop-tools.sh', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../../docs/gateway-clients.md', import.meta.url));

type Name = keyof typeof CLIENTS;
const NAMES = Object.keys(CLIENTS) as Name[];

/** The programs that say which version they are. */
const VERSIONS: Record<Exclude<Name, 'crane pull'>, readonly [tool: Tool, argument: string]> = {
  'oras cp -r': ['oras', 'version'],
  'skopeo copy': ['skopeo', '--version'],
  'regctl image copy': ['regctl', 'version'],
  'podman pull': ['podman', '--version'],
  'docker pull': ['docker', '--version'],
  'ctr images pull': ['ctr', '--version'],
};

/** What one client does about a refusal. */
interface Row {
  name: Name;
  version: string;
  requests: readonly string[];
  shown: string;
  unavailable: string;
}

describe('docs/gateway-clients.md', () => {
  let scene: Scene;
  let unsigned: Pushed;

  beforeAll(async () => {
    scene = await Scene.create('docker-registry with a token server');
    unsigned = await scene.pushUnsigned('team/unsigned', 'v1');
  });

  afterAll(() => scene.dispose());

  it('has what each client shows for a refusal', async () => {
    const rows: Row[] = [];
    for (const name of NAMES) rows.push(await rowOf(name));
    const content = [INTRODUCTION, await responseOf(), tableOf(rows), NOTES, ...rows.map(detailsOf)];
    const written = `${content.join('\n\n')}\n`;
    if (!process.env.CI) await writeFile(DOCUMENT, written);
    expect(withoutVersions(await readFile(DOCUMENT, 'utf8'))).toBe(withoutVersions(written));
  });

  async function rowOf(name: Name): Promise<Row> {
    const events: GatewayEvent[] = [];
    const gateway = await scene.gateway({ onEvent: (event) => void events.push(event) });
    const { login } = scene.registry;
    const client = await CLIENTS[name]();
    try {
      const image = `${gateway.host}/team/unsigned:v1`;
      const refused = await client.pull(image, { ...(login && { login }) });
      expect(refused).toMatchObject({ succeeded: false });
      const requests = events.map(({ method, digest, reference }) => {
        expect(digest).toBe(unsigned.digest);
        return `${method} ${reference.endsWith(':v1') ? 'tag' : 'digest'}`;
      });
      scene.upstream.intercept = async ({ path }, forward) =>
        path.includes('/manifests/') ? new Response(null, { status: 503 }) : forward();
      const unavailable = await client.pull(image, { ...(login && { login }) });
      expect(unavailable).toMatchObject({ succeeded: false });
      return {
        name,
        version: await versionOf(name),
        requests,
        shown: plain(gateway.host, refused.shown),
        unavailable: plain(gateway.host, unavailable.shown),
      };
    } finally {
      await client.dispose();
    }
  }

  async function versionOf(name: Name): Promise<string> {
    // That of Debian does not know its version.
    if (name === 'crane pull') return /crane +([\d.]+)/.exec(await readFile(PINS, 'utf8'))?.[1] ?? '';
    const [tool, argument] = VERSIONS[name];
    const { stdout, stderr } = await run(tool, [argument], { HOME: '/nonexistent' });
    return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] ?? '';
  }

  /** Replaces what differs from run to run, and drops progress. */
  function plain(host: string, text: string): string {
    return text
      .replaceAll(host, 'gateway.example.com')
      .replaceAll(scene.upstream.host, 'registry.example.com')
      .replace(/sha256:[0-9a-f]{64}/g, 'sha256:…')
      .replace(/^.*Changing TLS settings for registry.*\n/gm, '')
      .replace(/^time=\S+ level=fatal msg=/gm, '')
      .replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /gm, '');
  }

  async function responseOf(): Promise<string> {
    const gateway = await scene.gateway();
    const url = `http://${gateway.host}/v2/team/unsigned/manifests/v1`;
    const challenged = await fetch(url);
    expect(challenged.status).toBe(401);
    const headers = { authorization: `Bearer ${await scene.token(challenged)}` };
    const response = await fetch(url, { headers });
    const body = JSON.stringify(await response.json(), null, 2);
    const lines = ['notarykit-verdict', 'notarykit-code'].map(
      (header) => `${header}: ${response.headers.get(header)}`,
    );
    const text = [`HTTP/1.1 ${response.status}`, ...lines, '', plain(gateway.host, body)].join('\n');
    return `## The response\n\n\`\`\`text\n${text}\n\`\`\`\n\nThe response to \`HEAD\` has the same headers and no body.`;
  }
});

const INTRODUCTION = `# What clients show when a gateway refuses an image

<!-- Written by test/interop/gateway/messages.interop.ts, which fails in CI if a client shows something else. -->

The same image, which nobody has signed, pulled by its tag through a gateway of \`notarykit/gateway\`; and pulled again while
the registry behind the gateway responds with 503.`;

const NOTES = `- A client that resolves a tag by \`HEAD\` gets no body, so it cannot show a reason. Look at the header
  \`notarykit-code\`, for example with \`curl --head\`, or at the events of the gateway.
- containerd and podman try the next place if a mirror refuses an image. Name no other place than the gateway: in
  \`hosts.toml\` the gateway is the \`server\`, and in \`registries.conf\` it is the \`location\` of the registry, not a
  \`[[registry.mirror]]\`.
- oras and regctl request no token over HTTP from a token server that a gateway named by HTTPS. With
  \`challenges: 'rewrite'\` they get it through the gateway.
- crane and oras repeat a request that got a 5xx, for some seconds; a refusal is a 403, which they do not repeat.`;

/** Other machines may have other versions of the clients. */
const withoutVersions = (document: string) => document.replace(/^(\| `[^`]+` \|)[^|]+\|/gm, '$1');

function tableOf(rows: readonly Row[]): string {
  const header = '| client | version | requests until it gives up | shows the reason | shows the code |';
  const lines = rows.map(({ name, version, requests, shown }) => {
    const yes = (part: string) => (shown.includes(part) ? 'yes' : 'no');
    const cells = [
      `\`${name}\``,
      version,
      requests.join(', '),
      yes('has no signature'),
      yes('ERR_NO_SIGNATURE'),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['## The clients', '', header, '|---|---|---|---|---|', ...lines].join('\n');
}

function detailsOf({ name, shown, unavailable }: Row): string {
  const block = (text: string) => `\`\`\`text\n${text}\n\`\`\``;
  return `### \`${name}\`\n\n${block(shown)}\n\nWhile the registry is unavailable:\n\n${block(unavailable)}`;
}
