import { parseAllDocuments } from 'yaml';
import { isPlainObject } from '../encoding/schema.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine, quote } from '../errors/quote.ts';

/** A custom resource of Ratify. */
export interface RatifyResource {
  kind: string;
  name: string;
  namespace: string;
  spec: Record<string, unknown>;
}

const GROUP = 'config.ratify.deislabs.io/';
const VERSIONS: readonly string[] = ['v1alpha1', 'v1beta1'];
const MAX_CHARACTERS = 1024 * 1024;
const MAX_ALIASES = 100;

/**
 * Reads custom resources: YAML of one or more documents, an object, or a list of objects.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function readRatifyResources(given: unknown): RatifyResource[] {
  const documents = typeof given === 'string' ? documentsOf(given) : Array.isArray(given) ? given : [given];
  return documents.map(resourceOf);
}

function documentsOf(text: string): unknown[] {
  if (text.length > MAX_CHARACTERS) {
    throw new NotationError(
      'ERR_LIMIT_EXCEEDED',
      `the resources are longer than ${MAX_CHARACTERS} characters`,
    );
  }
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw ratifyInvalid(`they are not valid YAML: ${oneLine(error.message)}`, error);
    const value: unknown = toValue(() => document.toJS({ maxAliasCount: MAX_ALIASES }));
    return value === null ? [] : [value];
  });
}

function toValue(convert: () => unknown): unknown {
  try {
    return convert();
  } catch (error) {
    throw ratifyInvalid('they have too many aliases', error);
  }
}

function resourceOf(document: unknown): RatifyResource {
  if (!isPlainObject(document)) {
    throw argumentInvalid('the resources must be YAML, an object, or a list of objects');
  }
  const { apiVersion, kind, metadata, spec } = document;
  const version =
    typeof apiVersion === 'string' && apiVersion.startsWith(GROUP) ? apiVersion.slice(GROUP.length) : '';
  if (!VERSIONS.includes(version) || typeof kind !== 'string') {
    const expected = VERSIONS.map((one) => GROUP + one).join(' or ');
    throw ratifyInvalid(`${quote(`${apiVersion} ${kind}`)} is not a resource of ${expected}`);
  }
  const { name, namespace = '' } = Object(metadata) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof namespace !== 'string') throw ratifyInvalid(`a ${kind} has no name`);
  if (!isPlainObject(spec)) throw ratifyInvalid(`${kind} ${quote(name)} has no spec`);
  return { kind, name, namespace, spec };
}

/** Makes the error of resources of Ratify that cannot be used. */
export function ratifyInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_CONFIG_INVALID', `the resources of Ratify cannot be used: ${reason}`, {
    cause,
    nextStep: 'Correct the resource that the message names, or leave out what it says cannot be expressed.',
  });
}
