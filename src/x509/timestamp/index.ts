/**
 * Placeholder of a layer in the making.
 *
 * @packageDocumentation
 */
export {};
