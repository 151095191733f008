import { isMap, isSeq } from 'yaml';
import { CONTAINER_LISTS, POD_KINDS } from '../encoding/kubernetes-pods.ts';
import { quote } from '../errors/quote.ts';
import type { Findings } from './found.ts';
import type { YamlFile, YamlNode } from './yaml-file.ts';

/** The way to the pod of each kind that has one. */
const POD_PATHS = new Map(POD_KINDS.map(({ kind, path }) => [kind, path]));

/** How deep lists may contain lists. */
const MAX_LISTS = 10;

/** Finds the images of the Kubernetes objects in a YAML file. */
export function findInKubernetes(file: YamlFile, findings: Findings): void {
  for (const document of file.documents) if (document) object(file, document, findings);
}

function object(file: YamlFile, node: YamlNode, findings: Findings, itemKind?: string, lists = 0): void {
  const kind = file.text(file.get(node, 'kind')) ?? itemKind;
  const items = file.get(node, 'items');
  if (kind?.endsWith('List') && isSeq(items) && lists < MAX_LISTS) {
    const kindOfItems = kind.slice(0, -'List'.length) || undefined;
    for (const item of file.items(items)) object(file, item, findings, kindOfItems, lists + 1);
    return;
  }
  const usage = [kind ?? 'a document', nameOf(file, file.get(node, 'metadata'))].filter(Boolean).join(' ');
  const problem = problemOf(kind, isSeq(items));
  if (problem !== undefined) findings.addUnresolved('', file.placeOf(node), usage, problem);
  else if (isBuiltIn(file.text(file.get(node, 'apiVersion')) ?? ''))
    builtIn(file, node, kind, usage, findings);
  else search(file, node, usage, findings);
}

/** Returns why the images of an object cannot be read. */
function problemOf(kind: string | undefined, hasItems: boolean): string | undefined {
  if (kind === undefined) return 'it is not a Kubernetes object: it has no kind';
  if (kind === 'Kustomization') return 'its images are known once "kustomize build" has rendered it';
  return kind.endsWith('List') && hasItems ? `it is a list within ${MAX_LISTS} lists` : undefined;
}

function builtIn(file: YamlFile, node: YamlNode, kind = '', usage: string, findings: Findings): void {
  const path = POD_PATHS.get(kind);
  if (!path) return;
  const pod = path.reduce<YamlNode | undefined>((at, name) => file.get(at, name), node);
  if (isMap(pod)) podSpec(file, pod, usage, findings);
  else findings.addUnresolved('', file.placeOf(node), usage, `it has no ${path.join('.')}`);
}

/** Whether an API is part of Kubernetes: its kinds are known, and those without a pod run no image. */
function isBuiltIn(apiVersion: string): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function podSpec(file: YamlFile, pod: YamlNode, usage: string, findings: Findings): void {
  for (const [member, what] of CONTAINER_LISTS) {
    for (const container of file.items(file.get(pod, member))) {
      image(
        file,
        container,
        'image',
        `${usage}, ${[what, nameOf(file, container)].filter(Boolean).join(' ')}`,
        findings,
      );
    }
  }
  for (const volume of file.items(file.get(pod, 'volumes'))) {
    const source = file.get(volume, 'image');
    if (!source) continue;
    image(
      file,
      source,
      'reference',
      `${usage}, ${['volume', nameOf(file, volume)].filter(Boolean).join(' ')}`,
      findings,
    );
  }
}

function image(file: YamlFile, owner: YamlNode, member: string, usage: string, findings: Findings): void {
  const node = file.get(owner, member);
  const text = file.text(node);
  const place = file.placeOf(node ?? owner);
  if (text) findings.add(text, place, usage);
  else findings.addUnresolved('', place, usage, missing(member, node, text));
}

function missing(member: string, node: YamlNode | undefined, text: string | undefined): string {
  if (!node) return `it has no ${member}`;
  return `its ${member} is ${text === '' ? 'empty' : 'not a string'}`;
}

/**
 * Searches an object of an unknown kind, such as a custom resource: whatever has containers is a pod; any other image is
 * unresolved, as nobody knows what the controller makes of it.
 */
function search(file: YamlFile, root: YamlNode, usage: string, findings: Findings): void {
  const seen = new Set<YamlNode>();
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isSeq(node)) open.push(...file.items(node).reverse());
    if (!isMap(node)) continue;
    if (isSeq(file.get(node, 'containers'))) {
      podSpec(file, node, usage, findings);
      continue;
    }
    const children: YamlNode[] = [];
    for (const { name, value } of file.members(node)) {
      const child = file.follow(value);
      if (!child) continue;
      if (name === 'image') unknownImage(file, child, usage, findings);
      else children.push(child);
    }
    open.push(...children.reverse());
  }
}

function unknownImage(file: YamlFile, node: YamlNode, usage: string, findings: Findings): void {
  const reason = 'it is an image of a kind of object that is not known';
  findings.addUnresolved(file.text(node) ?? '', file.placeOf(node), usage, reason);
}

function nameOf(file: YamlFile, node: YamlNode | undefined): string {
  const name = file.text(file.get(node, 'name'));
  return name === undefined ? '' : quote(name);
}
