// The settings, as `storage.local` of the browser stores them: what is trusted, the registries, and the pages.
import type { StorageArea } from './extension-api.ts';
import { PAGE_KINDS, type PageSetting, readPageSetting } from './pages/page.ts';

/** The dialect of trust policies: the wider one also reads documents of the narrower one. */
export const DIALECT = 'extended';

/** A certificate of a trust store. */
export interface StoredCertificate {
  /** The name of the file that it came from, for people. */
  file: string;
  pem: string;
}

/** The credential of a registry: a user name and a password or token, or a refresh token. */
export type RegistryCredential = { username: string; password: string } | { identityToken: string };

/** How one registry is reached. A registry without an entry is reached over HTTPS, anonymously. */
export interface RegistrySetting {
  /** Host and port, as references name it: `registry.example.com:5000`, `docker.io`. */
  host: string;
  credential?: RegistryCredential | undefined;
  plainHttp?: boolean | undefined;
}

export interface Settings {
  /** The trust policy document as the user wrote it; without one, signatures are listed and nothing is verified. */
  trustPolicy?: string | undefined;
  /** The certificates of each trust store, by `ca:name`, `signingAuthority:name` or `tsa:name`. */
  trustStores: Record<string, StoredCertificate[]>;
  registries: RegistrySetting[];
  /** The pages on which the extension runs. */
  pages: PageSetting[];
}

/** The settings before anything is set. */
export const NO_SETTINGS: Settings = { trustStores: {}, registries: [], pages: [] };

const KEY = 'settings';

/** What is stored are not settings: another version of the extension may have written it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Loads the settings.
 * @param area - `chrome.storage.local`.
 * @throws SettingsError if what is stored is not of their form
 */
export async function loadSettings(area: StorageArea): Promise<Settings> {
  const { [KEY]: stored } = await area.get(KEY);
  return stored === undefined ? NO_SETTINGS : readSettings(stored);
}

/**
 * Stores the settings. The background notices the change by itself.
 * @param area - `chrome.storage.local`.
 */
export async function saveSettings(area: StorageArea, settings: Settings): Promise<void> {
  await area.set({ [KEY]: readSettings(settings) });
}

/** Reports whether a change of `storage.local` changed the settings. */
export function changesSettings(changes: Readonly<Record<string, unknown>>): boolean {
  return KEY in changes;
}

/**
 * Reads settings, and drops members that are unknown.
 * @throws SettingsError that names the member that is wrong
 */
export function readSettings(value: unknown): Settings {
  const { trustPolicy, trustStores, registries, pages } = record(value, 'settings');
  return {
    ...(trustPolicy !== undefined && { trustPolicy: string(trustPolicy, 'trustPolicy') }),
    trustStores: Object.fromEntries(
      Object.entries(record(trustStores, 'trustStores')).map(([name, certificates]) => [
        name,
        list(certificates, `trustStores of ${name}`).map((one) => readCertificate(one, name)),
      ]),
    ),
    registries: list(registries, 'registries').map(readRegistry),
    pages: list(pages, 'pages').map((page) => {
      const read = readPageSetting(page);
      if (read) return read;
      throw new SettingsError(
        `pages must have a match pattern and one of the kinds ${PAGE_KINDS.join(', ')}`,
      );
    }),
  };
}

function readCertificate(value: unknown, store: string): StoredCertificate {
  const { file, pem } = record(value, `a certificate of ${store}`);
  return { file: string(file, 'file'), pem: string(pem, 'pem') };
}

function readRegistry(value: unknown): RegistrySetting {
  const { host, credential, plainHttp } = record(value, 'a registry');
  return {
    host: string(host, 'host'),
    ...(credential !== undefined && { credential: readCredential(credential) }),
    ...(plainHttp === true && { plainHttp }),
  };
}

function readCredential(value: unknown): RegistryCredential {
  const { username, password, identityToken } = record(value, 'credential');
  if (identityToken !== undefined) return { identityToken: string(identityToken, 'identityToken') };
  return { username: string(username, 'username'), password: string(password, 'password') };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SettingsError(`${what} must be an object`);
}

function list(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new SettingsError(`${what} must be a list`);
}

function string(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new SettingsError(`${what} must be a string`);
}
