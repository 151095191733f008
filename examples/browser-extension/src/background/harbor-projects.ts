import type { StorageArea } from '../extension-api.ts';
import { type HarborPlace, harborPlace, imageOfHarbor, isNumber } from '../pages/harbor.ts';
import type { PageKind, PageSetting } from '../pages/page.ts';
import { registryOf } from '../pages/read-page.ts';
import type { Settings } from '../settings.ts';

const HARBOR: PageKind = 'harbor';
const PREFIX = 'harbor-project:';
const TIMEOUT = 10_000;
/** A project in Harbor's API has about 1 kB. */
const MAX_PROJECT = 64 * 1024;

export interface HarborProjectsOptions {
  settings: Settings;
  /** `chrome.storage.session`. */
  session: StorageArea;
  /** Sends requests only to hosts that the user permits. */
  fetch: typeof globalThis.fetch;
}

/**
 * Returns the image that the address of a page of Harbor names. The address has the number of the project; its name comes from
 * the API of the same host, since the page could show any.
 * @returns `undefined` for other pages, for addresses that name no image, and if the API does not give the name.
 */
export async function imageOfHarborAddress(
  url: URL,
  page: PageSetting,
  options: HarborProjectsOptions,
): Promise<string | undefined> {
  const place = page.kind === HARBOR ? harborPlace(url) : undefined;
  if (place?.digest === undefined || !isNumber(place.project)) return undefined;
  const project = await projectName(url, place, options);
  return project === undefined ? undefined : imageOfHarbor(place, project, registryOf(url, page));
}

async function projectName(
  url: URL,
  { project }: HarborPlace,
  { settings, session, fetch }: HarborProjectsOptions,
): Promise<string | undefined> {
  const key = `${PREFIX}${url.origin} ${project}`;
  const { [key]: known } = await session.get(key);
  if (typeof known === 'string') return known;
  const response = await fetch(new URL(`/api/v2.0/projects/${project}`, url), {
    headers: { accept: 'application/json', ...authorizationFor(url, settings) },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  const name = response.ok ? readName(await response.text()) : undefined;
  if (name !== undefined) await session.set({ [key]: name });
  return name;
}

/** The credential of a registry goes to its own host, and only over HTTPS. */
function authorizationFor({ protocol, host }: URL, { registries }: Settings): Record<string, string> {
  const credential = registries.find((registry) => registry.host === host)?.credential;
  if (protocol !== 'https:' || !credential || !('username' in credential)) return {};
  const bytes = new TextEncoder().encode(`${credential.username}:${credential.password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function readName(text: string): string | undefined {
  if (text.length > MAX_PROJECT) return undefined;
  const { name } = Object(JSON.parse(text)) as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}
