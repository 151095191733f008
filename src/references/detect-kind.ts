import type { YamlFile } from './yaml-file.ts';

/** The syntax of a file: YAML may be of several kinds. */
export type Syntax = 'yaml' | 'dockerfile' | 'list';

const DOCKERFILE = /^(?:dockerfile|containerfile)(?:\..*)?$|\.(?:dockerfile|containerfile)$/i;
const COMPOSE = /^(?:docker-|podman-)?compose(?:[.-].*)?\.ya?ml$/i;
const YAML = /\.(?:ya?ml|json)$/i;
const LIST = /\.(?:txt|list|lst)$/i;

const FIRST_LINE = /^[ \t]*[^#\s].*/m;
const FIRST_INSTRUCTION = /^(?:FROM|ARG)\s/i;
const FIRST_YAML = /^(?:---|%|[{[]|- |["']?[A-Za-z_][\w.-]*["']?:(?:\s|$))/;
const FIRST_REFERENCE = /^\S+(?:\s+#.*)?$/;

/** Detects the syntax of a file by its name or, if that says nothing, by the first line that is not a comment. */
export function detectSyntax(file: string, text: string): Syntax | undefined {
  const name = baseName(file);
  if (DOCKERFILE.test(name)) return 'dockerfile';
  if (YAML.test(name)) return 'yaml';
  if (LIST.test(name)) return 'list';
  const line = FIRST_LINE.exec(text)?.[0].trim() ?? '';
  if (FIRST_INSTRUCTION.test(line)) return 'dockerfile';
  if (FIRST_YAML.test(line)) return 'yaml';
  return FIRST_REFERENCE.test(line) ? 'list' : undefined;
}

/** Detects whether YAML is a compose file or contains Kubernetes objects. */
export function detectYamlKind(file: string, yaml: YamlFile): 'kubernetes' | 'compose' | undefined {
  const documents = yaml.documents.filter((document) => document !== undefined);
  const has = (name: string) => documents.some((document) => yaml.get(document, name) !== undefined);
  if (has('kind') || has('apiVersion')) return 'kubernetes';
  if (has('services') || COMPOSE.test(baseName(file))) return 'compose';
  return documents.length === 0 ? 'kubernetes' : undefined;
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}
