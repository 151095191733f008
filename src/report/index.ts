/**
 * Verdicts as text and as documents: for people, for CI services and for monitoring.
 *
 * @packageDocumentation
 */
export { formatReport } from './format-report.ts';
