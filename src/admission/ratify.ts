import { isPlainObject } from '../encoding/schema.ts';
import { quote } from '../errors/quote.ts';
import { parseTrustPolicy, type TrustPolicyInput } from '../policy/parse.ts';
import type { TrustPolicy } from '../policy/types.ts';
import { type Certificate, type CertificateInput, parseCertificates } from '../x509/certificate.ts';
import { createTrustStore, type TrustStore } from '../x509/trust-store.ts';
import { type RatifyResource, ratifyInvalid, readRatifyResources } from './ratify-resources.ts';

/** The options of {@link fromRatifyVerifier}. */
export interface RatifyOptions {
  /**
   * The certificates of certificate stores and key management providers that the resources only point to, such as those in
   * Azure Key Vault, by the name of the resource, as the Verifier writes it.
   */
  certificates?: Readonly<Record<string, CertificateInput>> | undefined;
}

/** What a verifier needs, from the resources of Ratify. */
export interface RatifyVerifier {
  /** In the dialect `extended`. */
  trustPolicy: TrustPolicy;
  trustStore: TrustStore;
  /** What the resources say and notarykit does not do, a sentence each: it takes nothing from what is verified. */
  ignored: readonly string[];
}

const SIGNATURES = 'application/vnd.cncf.notary.signature';
const VERIFIERS: readonly string[] = ['Verifier', 'NamespacedVerifier'];
const PROVIDERS: readonly string[] = [
  'CertificateStore',
  'KeyManagementProvider',
  'NamespacedKeyManagementProvider',
];
const POLICIES: readonly string[] = ['Policy', 'NamespacedPolicy'];
const STORES: readonly string[] = ['Store', 'NamespacedStore'];
/** The names of the verifier of Notary Project signatures, in the versions of Ratify. */
const NOTATION: readonly string[] = ['notation', 'notaryv2'];
const STORE_TYPES: readonly string[] = ['ca', 'signingAuthority', 'tsa'];

/**
 * Reads the `Verifier` of Ratify 1.x with its certificate stores, so that the same resources decide.
 *
 * A named store of the trust policy, such as `ca:production`, contains the certificates of the resources that
 * `verificationCertStores` lists for it; if that does not name it, those of the resource of its own name, `production`.
 * Each resource is a `CertificateStore` or `KeyManagementProvider` with its certificates inline, or is in `certificates`.
 *
 * @param resources - The Verifier, with the resources that it refers to: YAML of one or more documents, an object or a list.
 * @param options - Certificates that are not in the resources.
 * @returns Options for `createVerifier`, and what has no effect here.
 * @throws NotationError `ERR_CONFIG_INVALID` for what cannot be expressed without admitting more than Ratify does, such as
 * another verifier; `ERR_POLICY_INVALID` and others of `parseTrustPolicy` and `parseCertificates`; `ERR_LIMIT_EXCEEDED`;
 * `ERR_ARGUMENT_INVALID`
 * @see https://ratify.dev/docs/plugins/verifier/notation
 *
 * @example
 * ```ts
 * import { fromRatifyVerifier } from 'notarykit/admission';
 * import { createVerifier } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const { ignored, ...options } = fromRatifyVerifier(
 *   `
 * apiVersion: config.ratify.deislabs.io/v1beta1
 * kind: Verifier
 * metadata: { name: notation-verifier }
 * spec:
 *   name: notation
 *   artifactTypes: application/vnd.cncf.notary.signature
 *   parameters:
 *     trustPolicyDoc:
 *       version: "1.0"
 *       trustPolicies:
 *         - name: production
 *           registryScopes: ["*"]
 *           signatureVerification: { level: strict }
 *           trustStores: ["ca:production"]
 *           trustedIdentities: ["*"]
 * `,
 *   { certificates: { production: root } },
 * );
 * const verifier = createVerifier(options);
 * console.log(typeof verifier.evaluate, ignored.length); // function 0
 * ```
 */
export function fromRatifyVerifier(
  resources: string | object | readonly object[],
  { certificates = {} }: RatifyOptions = {},
): RatifyVerifier {
  const read = readRatifyResources(resources);
  const ignored: string[] = [];
  const verifier = verifierOf(read);
  const parameters = parametersOf(verifier, ignored);
  const trustPolicy = parseTrustPolicy(parameters.trustPolicyDoc as TrustPolicyInput, {
    dialect: 'extended',
  });
  const providers = read.filter(({ kind }) => PROVIDERS.includes(kind));
  const listed = storesOf(parameters.verificationCertStores, verifier);
  const stores = new Map<string, Certificate[]>();
  for (const { type, name } of trustPolicy.statements.flatMap(({ trustStores }) => trustStores)) {
    const store = `${type}:${name}`;
    const resources = listed.get(store) ?? [name];
    if (!stores.has(store))
      stores.set(
        store,
        resources.flatMap((resource) => certificatesOf(resource, store)),
      );
  }
  for (const resource of read) ignored.push(...ignoredOf(resource));
  return { trustPolicy, trustStore: createTrustStore(Object.fromEntries(stores)), ignored };

  function certificatesOf(name: string, store: string): Certificate[] {
    if (Object.hasOwn(certificates, name)) return parseCertificates(certificates[name] ?? []);
    const provider = providers.find((one) => one.name === name || `${one.namespace}/${one.name}` === name);
    if (provider) return parseCertificates(inlineOf(provider, ignored));
    throw ratifyInvalid(
      `nothing has the certificates of the trust store ${quote(store)}: add the CertificateStore or ` +
        `KeyManagementProvider ${quote(name)}, or pass certificates[${quote(name)}]`,
    );
  }
}

/**
 * Says what a resource besides the verifier and its certificates has no effect on.
 * @throws NotationError `ERR_CONFIG_INVALID` for a policy that admits less than one trusted signature is enough for
 */
function ignoredOf(resource: RatifyResource): string[] {
  const { kind, spec } = resource;
  if (VERIFIERS.includes(kind) || PROVIDERS.includes(kind)) return [];
  if (STORES.includes(kind))
    return [`${titleOf(resource)}: the options of createRegistry say how registries are read`];
  if (!POLICIES.includes(kind)) throw ratifyInvalid(`${titleOf(resource)} is of a kind that is not known`);
  const { artifactVerificationPolicies } = Object(spec.parameters) as Record<string, unknown>;
  const policies = Object(artifactVerificationPolicies) as Record<string, unknown>;
  const rule = Object.hasOwn(policies, SIGNATURES) ? policies[SIGNATURES] : policies.default;
  if ((spec.type ?? 'config-policy') === 'config-policy' && rule === 'any') {
    return [`${titleOf(resource)}: one trusted signature is enough in any case`];
  }
  throw ratifyInvalid(`${titleOf(resource)} requires more than any one trusted signature`);
}

function verifierOf(resources: readonly RatifyResource[]): RatifyResource {
  const verifiers = resources.filter(({ kind }) => VERIFIERS.includes(kind));
  const other = verifiers.find(({ spec }) => !NOTATION.includes(String(spec.type || spec.name)));
  if (other) throw ratifyInvalid(`${titleOf(other)} is not the verifier "notation"`);
  const [verifier, second] = verifiers;
  if (!verifier) throw ratifyInvalid('there is no Verifier');
  if (second) throw ratifyInvalid(`${titleOf(second)} is a second verifier`);
  return verifier;
}

function parametersOf(verifier: RatifyResource, ignored: string[]): Record<string, unknown> {
  const { artifactTypes, parameters, name: _name, type: _type, version: _version, ...others } = verifier.spec;
  const types = String(artifactTypes ?? '')
    .split(',')
    .map((type) => type.trim());
  if (!types.includes(SIGNATURES)) throw ratifyInvalid(`${titleOf(verifier)} does not verify ${SIGNATURES}`);
  for (const type of types.filter((one) => one !== SIGNATURES)) {
    ignored.push(`artifactTypes: artifacts of the type ${quote(type)} are not read`);
  }
  for (const member of Object.keys(others)) ignored.push(`spec.${member}: verifiers are not loaded`);
  if (!isPlainObject(parameters) || parameters.trustPolicyDoc === undefined) {
    throw ratifyInvalid(`${titleOf(verifier)} has no parameters.trustPolicyDoc`);
  }
  for (const member of Object.keys(parameters)) {
    if (member === 'trustPolicyDoc' || member === 'verificationCertStores') continue;
    ignored.push(
      member === 'verificationCerts'
        ? 'parameters.verificationCerts: directories are not read; pass their certificates by the names of the trust stores'
        : `parameters.${oneName(member)}: not known`,
    );
  }
  return parameters;
}

/** Returns the names of the resources of each named store, such as `ca:production`. */
function storesOf(given: unknown, verifier: RatifyResource): ReadonlyMap<string, readonly string[]> {
  if (given === undefined || given === null) return new Map();
  const malformed = () =>
    ratifyInvalid(
      `parameters.verificationCertStores of ${titleOf(verifier)} is not lists of names by type and store`,
    );
  if (!isPlainObject(given)) throw malformed();
  const typed = Object.keys(given).filter((name) => STORE_TYPES.includes(name));
  if (typed.length > 0 && typed.length < Object.keys(given).length) throw malformed();
  // Before version 1.3 there were only stores of certificate authorities, without a type.
  const byType = typed.length > 0 ? given : { ca: given };
  const stores = new Map<string, readonly string[]>();
  for (const [type, named] of Object.entries(byType)) {
    if (!isPlainObject(named)) throw malformed();
    for (const [name, resources] of Object.entries(named)) {
      if (!Array.isArray(resources) || !resources.every((one) => typeof one === 'string')) throw malformed();
      if (resources.length > 0) stores.set(`${type}:${name}`, resources);
    }
  }
  return stores;
}

/** Returns the certificates that a resource has in itself. */
function inlineOf(provider: RatifyResource, ignored: string[]): string {
  const { spec } = provider;
  const type = spec.type ?? spec.provider;
  const { value, contentType = 'certificate' } = Object(spec.parameters) as Record<string, unknown>;
  if (type !== 'inline') {
    throw ratifyInvalid(
      `${titleOf(provider)} is of the type ${quote(type)}, which is not read: pass certificates[${quote(provider.name)}]`,
    );
  }
  if (contentType !== 'certificate' || typeof value !== 'string') {
    throw ratifyInvalid(`${titleOf(provider)} has no certificates`);
  }
  if (spec.refreshInterval) ignored.push(`${titleOf(provider)}: spec.refreshInterval; it is read once`);
  return value;
}

function titleOf({ kind, name }: RatifyResource): string {
  return `${kind} ${quote(name)}`;
}

function oneName(name: string): string {
  return quote(name).slice(1, -1);
}
