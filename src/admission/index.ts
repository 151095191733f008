/**
 * Admission to a Kubernetes cluster: a provider for the external data of Gatekeeper, and admission webhooks.
 *
 * @packageDocumentation
 */

export type { Evaluator, EvaluatorSource } from '../verifier/evaluator.ts';
export { type AdmissionWebhookOptions, createAdmissionWebhook } from './admission-webhook.ts';
export type {
  AdmittedClass,
  DecisionOptions,
  ImageDecision,
} from './decide.ts';
export type { AdmissionEvent, EventOptions } from './events.ts';
export { createExternalDataProvider, type ExternalDataProviderOptions } from './external-data-provider.ts';
export { createKubernetesSecrets, type KubernetesSecretsOptions } from './kubernetes-secrets.ts';
export type { KubernetesSecret, KubernetesSecrets, KubernetesServiceAccount } from './pull-secrets.ts';
export { fromRatifyVerifier, type RatifyOptions, type RatifyVerifier } from './ratify.ts';
export type { RequestHandler } from './request.ts';
