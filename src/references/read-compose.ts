import { isMap } from 'yaml';
import { quote } from '../errors/quote.ts';
import type { Findings } from './found.ts';
import { type Expansion, expand, type Lookup } from './variables.ts';
import type { YamlFile, YamlNode } from './yaml-file.ts';

const NOT_A_STRING: Expansion = { problem: 'its image is not a string' };

/** Finds the images of the services in a compose file. */
export function findInCompose(file: YamlFile, findings: Findings, variables: Lookup): void {
  for (const document of file.documents) {
    if (!document) continue;
    const services = file.get(document, 'services');
    for (const { name, value, key } of file.members(services)) {
      const node = file.follow(value);
      const usage = `service ${quote(name)}`;
      if (isMap(node)) service(file, node, usage, findings, variables);
      else findings.addUnresolved('', file.placeOf(key), usage, 'it is not a mapping');
    }
    const include = file.get(document, 'include');
    if (include) {
      findings.addUnresolved('', file.placeOf(include), 'include', 'the files that it includes are not read');
    }
    if (!services && !include) {
      findings.addUnresolved('', file.placeOf(document), 'a document', 'it has no services');
    }
  }
}

function service(file: YamlFile, node: YamlNode, usage: string, findings: Findings, variables: Lookup): void {
  const platform = resolved(file.text(file.get(node, 'platform')), variables);
  const image = file.get(node, 'image');
  if (image) reference(file, image, usage, findings, variables, platform);
  else findings.addUnresolved('', file.placeOf(node), usage, withoutImage(file, node));
  for (const volume of file.items(file.get(node, 'volumes'))) {
    if (file.text(file.get(volume, 'type')) !== 'image') continue;
    const source = file.get(volume, 'source');
    if (source) reference(file, source, `${usage}, volume`, findings, variables);
    else findings.addUnresolved('', file.placeOf(volume), `${usage}, volume`, 'it has no source');
  }
}

function withoutImage(file: YamlFile, node: YamlNode): string {
  if (file.get(node, 'build')) return 'it is built, and its image has no name';
  if (file.get(node, 'extends')) return 'it extends another service, which is not read';
  return 'it has no image';
}

function reference(
  file: YamlFile,
  node: YamlNode,
  usage: string,
  findings: Findings,
  variables: Lookup,
  platform?: string,
): void {
  const text = file.text(node);
  const place = file.placeOf(node);
  const { value, problem } = text === undefined ? NOT_A_STRING : expand(text, variables, dollar);
  if (value === undefined) findings.addUnresolved(text ?? '', place, usage, problem);
  else findings.add(value, place, usage, platform);
}

function resolved(text: string | undefined, variables: Lookup): string | undefined {
  return text === undefined ? undefined : expand(text, variables, dollar).value;
}

/** `$$` is a dollar sign. */
function dollar(text: string, at: number): { text: string; end: number } | undefined {
  return text.startsWith('$$', at) ? { text: '$', end: at + 2 } : undefined;
}
