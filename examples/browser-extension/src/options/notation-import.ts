// What an import of notation's configuration would change: its trust policy and its trust stores. Keys, plugins and
// credentials are never read.
import { parseTrustPolicy } from 'notarykit/policy';
import { DIALECT, type Settings, type StoredCertificate } from '../settings.ts';
import { messageOf } from '../ui/message-of.ts';
import {
  addCertificates,
  isStoreName,
  MAX_CERTIFICATE_FILE,
  newCertificates,
  readCertificateFile,
} from './certificates.ts';
import { parsedPolicy } from './policy-view.ts';
import type { Edit } from './settings-store.ts';

/** A file of a directory that the user picked. */
export interface PickedFile {
  /** Its path, which begins with the name of the directory. */
  readonly path: string;
  readonly size: number;
  read(): Promise<Uint8Array>;
}

/** What an import would change. */
export interface ImportPlan {
  readonly policy?: PolicyImport | undefined;
  readonly stores: readonly StoreImport[];
  /** The files that look like configuration and are left out. */
  readonly omitted: readonly { readonly path: string; readonly why: string }[];
}

export interface PolicyImport {
  readonly path: string;
  readonly text: string;
  readonly statements: readonly string[];
  /** The statements of the present policy that it does not have. */
  readonly removed: readonly string[];
  /** `same`: it is the present policy already. */
  readonly change: 'new' | 'replaces' | 'same';
}

export interface StoreImport {
  /** Such as `ca:acme`. */
  readonly store: string;
  readonly added: readonly StoredCertificate[];
  /** How many of its certificates are in the settings already. */
  readonly present: number;
}

const MAX_POLICY_FILE = 1024 * 1024;
/** More files of trust stores are no configuration that a person wrote. */
const MAX_STORE_FILES = 1000;
/** In the order in which notarykit and newer versions of notation prefer them. */
const POLICY_FILES = ['trustpolicy.oci.json', 'trustpolicy.json'];
const BLOB_POLICY_FILE = 'trustpolicy.blob.json';
const STORE_FILE = /(?:^|\/)x509\/(ca|signingAuthority|tsa)\/([^/]+)\/[^/]+$/;

/** Finds out what an import would change; nothing is changed. */
export async function planImport(files: readonly PickedFile[], settings: Settings): Promise<ImportPlan> {
  const omitted: { path: string; why: string }[] = [];
  const omit = (path: string, why: string) => omitted.push({ path, why });
  for (const { path } of files) {
    if (nameOf(path) === BLOB_POLICY_FILE) omit(path, 'the extension verifies images, not blobs');
  }
  const policy = await planPolicy(files, settings, omit);
  const stores = await planStores(files, settings, omit);
  return { policy, stores, omitted };
}

/** Reports whether an import would change nothing. */
export function changesNothing({ policy, stores }: ImportPlan): boolean {
  return (!policy || policy.change === 'same') && stores.every(({ added }) => added.length === 0);
}

/**
 * Makes the edit of a plan.
 * @param withPolicy - Whether the trust policy is imported, too.
 */
export function applyImport({ policy, stores }: ImportPlan, withPolicy: boolean): Edit {
  return (settings) => {
    const edited = stores.reduce((one, { store, added }) => addCertificates(store, added)(one), settings);
    return withPolicy && policy ? { ...edited, trustPolicy: policy.text } : edited;
  };
}

type Omit = (path: string, why: string) => void;

async function planPolicy(
  files: readonly PickedFile[],
  { trustPolicy }: Settings,
  omit: Omit,
): Promise<PolicyImport | undefined> {
  const [file, ...others] = files
    .filter(({ path }) => POLICY_FILES.includes(nameOf(path)))
    .sort(byPreference);
  if (!file) return undefined;
  for (const { path } of others) omit(path, `${file.path} is preferred`);
  if (file.size > MAX_POLICY_FILE) {
    omit(file.path, 'it is larger than 1 MiB');
    return undefined;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.read());
    const { statements } = parseTrustPolicy(text, { dialect: DIALECT });
    const change = trustPolicy === undefined ? 'new' : trustPolicy === text ? 'same' : 'replaces';
    const names = statements.map(({ name }) => name);
    const removed = presentStatements(trustPolicy).filter((name) => !names.includes(name));
    return { path: file.path, text, statements: names, removed, change };
  } catch (error) {
    omit(file.path, messageOf(error));
    return undefined;
  }
}

/** The names of the statements of the present policy, which may have become invalid. */
function presentStatements(trustPolicy: string | undefined): string[] {
  const policy = trustPolicy === undefined ? undefined : parsedPolicy(trustPolicy);
  return policy?.statements.map(({ name }) => name) ?? [];
}

/** The file that is nearest to the picked directory; of those in one directory the preferred one. */
function byPreference(one: PickedFile, other: PickedFile): number {
  const depth = ({ path }: PickedFile) => path.split('/').length;
  const rank = ({ path }: PickedFile) => POLICY_FILES.indexOf(nameOf(path));
  return depth(one) - depth(other) || rank(one) - rank(other);
}

async function planStores(
  files: readonly PickedFile[],
  { trustStores }: Settings,
  omit: Omit,
): Promise<StoreImport[]> {
  const found = new Map<string, StoredCertificate[]>();
  const inStores = files.filter(({ path }) => STORE_FILE.test(path));
  for (const [index, file] of inStores.entries()) {
    const [, type = '', name = ''] = STORE_FILE.exec(file.path) ?? [];
    const problem = index < MAX_STORE_FILES ? problemOf(file, name) : 'there are too many files';
    if (problem !== undefined) {
      omit(file.path, problem);
      continue;
    }
    const store = `${type}:${name}`;
    try {
      const read = await readCertificateFile(store, nameOf(file.path), await file.read());
      found.set(store, [...(found.get(store) ?? []), ...read]);
    } catch (error) {
      omit(file.path, messageOf(error));
    }
  }
  return [...found].map(([store, certificates]) => {
    const added = newCertificates(trustStores[store] ?? [], certificates);
    return { store, added, present: certificates.length - added.length };
  });
}

function problemOf({ path, size }: PickedFile, store: string): string | undefined {
  // Left behind by file managers; notation reads no such file either.
  if (nameOf(path).startsWith('.')) return 'it is a hidden file';
  if (!isStoreName(store)) return 'the name of the store may have letters, digits, "_", "." and "-" only';
  return size > MAX_CERTIFICATE_FILE ? 'it is larger than 4 MiB' : undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
