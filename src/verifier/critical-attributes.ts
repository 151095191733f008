import { AttributeName, type SignedAttributes } from '../envelope/attributes.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

/** Returns the name of the verification plugin that a signature requires, if it requires one. */
export function namedPlugin({ extended }: SignedAttributes): string | undefined {
  const attribute = extended.find(({ key }) => key === AttributeName.verificationPlugin);
  return attribute && String(attribute.value).slice(0, 80);
}

/**
 * Checks that all critical attributes are defined by the specification, unless a plugin is going to process the others.
 * @throws NotationError `ERR_PLUGIN_REQUIRED`, `ERR_CRITICAL_ATTRIBUTE_UNKNOWN`
 * @see docs/specification.md, rule ENV-13
 */
export function checkCriticalAttributes(attributes: SignedAttributes, hasPlugins: boolean): void {
  const plugin = namedPlugin(attributes);
  if (plugin === undefined) requireNoneCritical(attributes, []);
  else if (!hasPlugins) {
    const message = `the signature requires the verification plugin ${quote(plugin)}`;
    throw new NotationError('ERR_PLUGIN_REQUIRED', message);
  }
}

/**
 * @throws NotationError `ERR_CRITICAL_ATTRIBUTE_UNKNOWN` for a critical attribute that was not processed
 * @see docs/specification.md, rule ENV-12
 */
export function requireNoneCritical(
  { extended }: SignedAttributes,
  processed: readonly (string | number)[],
): void {
  const unknown = extended.find(({ key, critical }) => critical && !processed.includes(key));
  if (!unknown) return;
  throw new NotationError(
    'ERR_CRITICAL_ATTRIBUTE_UNKNOWN',
    `the critical attribute ${quote(unknown.key)} is unknown`,
  );
}
