/** The step of several codes, of which most errors have a step of their own. */
const DISTRUST = 'Do not trust the registry or the connection.';

/**
 * The stable code of every failure that notarykit reports, with its next step.
 *
 * Codes are part of the public interface: a code is never reused for something else.
 */
const NEXT_STEPS = {
  ERR_ARGUMENT_INVALID: 'Correct the argument that the message names.',
  ERR_ENCODING_INVALID: 'Check that the input is complete and encoded as the message says.',
  ERR_LIMIT_EXCEEDED: 'Check the input; raise the option that the message names if you trust it.',
  ERR_RUNTIME_UNSUPPORTED:
    'Use a runtime whose WebCrypto has the algorithm, or set globalThis.crypto to @peculiar/webcrypto.',
  ERR_PLAIN_HTTP_BLOCKED: 'Pass a `fetch` that uses an HTTPS proxy, or use createOfflineRevocationChecker.',
  ERR_ALGORITHM_UNSUPPORTED:
    'Use RSA of 2048, 3072 or 4096 bits, or ECDSA with P-256, P-384 or P-521, with SHA-2.',
  ERR_KEY_INVALID:
    'Pass PEM, PKCS#8 in DER, a JWK or a CryptoKey that may sign; read PKCS #12 with readPkcs12.',
  ERR_PASSPHRASE_INVALID: 'Pass the passphrase of the private key as `passphrase`.',
  ERR_KEY_MISMATCH: 'Pass the private key of a certificate, or add the certificate of this key.',
  ERR_CERTIFICATE_INVALID: 'Use a well-formed X.509 certificate, or have the CA issue it again.',
  ERR_CERTIFICATE_CHAIN_INVALID:
    'Pass the whole chain, leaf to root, of certificates that fit the profile of the Notary Project.',
  ERR_CERTIFICATE_NOT_VALID_AT_TIME:
    'Sign again with a valid certificate, and pass `timestamp` so that the signature outlives it.',
  ERR_TRUST_STORE_INVALID: 'Keep only CA and self-signed certificates in the trust store, as PEM or DER.',
  ERR_TRUST_STORE_NOT_FOUND: 'Add the named store, or correct its name in the trust policy.',
  ERR_ENVELOPE_INVALID: 'Treat the signature as tampered with or faulty; have the artifact signed again.',
  ERR_ENVELOPE_UNSUPPORTED: 'Use an envelope of type application/jose+json or application/cose.',
  ERR_SIGNATURE_INVALID: 'Treat the artifact as tampered with.',
  ERR_PAYLOAD_INVALID: 'Treat the signature as faulty; have the artifact signed again.',
  ERR_CRITICAL_ATTRIBUTE_UNKNOWN: 'Verify with software, or a plugin, that supports the critical attribute.',
  ERR_PLUGIN_REQUIRED: 'Pass the plugin that the signature names in `plugins`.',
  ERR_PLUGIN_NOT_FOUND: 'Install the plugin, or correct its name.',
  ERR_PLUGIN_INVALID: 'Install the plugin again from a source that you trust.',
  ERR_PLUGIN_EXISTS: 'Remove the installed plugin, or pass `overwrite: true`.',
  ERR_PLUGIN_INCOMPATIBLE: 'Install a version of the plugin that has what the message names.',
  ERR_PLUGIN_RESPONSE: "Report this to the plugin's author.",
  ERR_PLUGIN_FAILED: "Read the plugin's message; check its configuration and its service.",
  ERR_PLUGIN_REJECTED: 'Do not use the artifact until the reason that the plugin gives is resolved.',
  ERR_ROOT_UNTRUSTED: 'Add the root to a trust store that the policy statement names, if you trust it.',
  ERR_IDENTITY_UNTRUSTED: 'Add the signer to trustedIdentities of the policy statement, if you trust it.',
  ERR_SIGNATURE_EXPIRED: 'Have the artifact signed again.',
  ERR_TIMESTAMP_MISSING:
    'Have the artifact signed with a timestamp, or remove the tsa store from the policy statement.',
  ERR_TIMESTAMP_UNSUPPORTED: 'Pass `timestamp: verifyTimestamp` of notarykit/x509/timestamp.',
  ERR_TIMESTAMP_INVALID: 'Treat the timestamp as tampered with or faulty; have the artifact signed again.',
  ERR_TIMESTAMP_UNTRUSTED:
    'Add the root of the TSA to a tsa store that the policy statement names, if you trust it.',
  ERR_TIMESTAMP_REFUSED: 'Use another TSA, or ask the operator of this one what it requires.',
  ERR_CERTIFICATE_REVOKED:
    'Do not use the artifact until you know why; have it signed again with another certificate.',
  ERR_REVOCATION_UNKNOWN: 'Check the URLs that the message names, or use createOfflineRevocationChecker.',
  ERR_REVOCATION_EXPIRED_CERTIFICATE:
    'Have the artifact signed again, or ask the CA for expiredCertsOnCRL or an OCSP archive cutoff.',
  ERR_REVOCATION_UNSUPPORTED: 'Pass `revocation: createRevocationChecker()` of notarykit/x509/revocation.',
  ERR_OCSP_INVALID:
    'Treat the OCSP response as tampered with, or report it to the operator of the responder.',
  ERR_CRL_INVALID: 'Treat the CRL as tampered with, or report it to the CA.',
  ERR_AUTHORITY_UNREACHABLE: 'Check the URL and the network; pass a `fetch` for a proxy.',
  ERR_AUTHORITY_RESPONSE: 'Check the URL: this is not the response of an OCSP responder, CRL server or TSA.',
  ERR_ARTIFACT_MISMATCH: 'Use the signature that was made for this artifact.',
  ERR_USER_METADATA_INVALID: 'Correct the key that the message names.',
  ERR_USER_METADATA_MISMATCH: 'Check that this is the build you expect.',
  ERR_POLICY_INVALID: 'Correct the field of the trust policy that the message names.',
  ERR_POLICY_NOT_FOUND: 'Write a trust policy, or pass the directory that contains it.',
  ERR_POLICY_NOT_APPLICABLE:
    'Add a statement with the repository or "*" in registryScopes; for a blob, with the name or globalPolicy.',
  ERR_REFERENCE_INVALID: 'Write the reference as registry/repository:tag or registry/repository@digest.',
  ERR_TAG_MISMATCH: 'Correct the tag or the digest, which decides.',
  ERR_PLATFORM_NOT_FOUND: 'Pass a platform that the message names, or have the image built for this one.',
  ERR_NOT_IN_INDEX: 'Pass the index that lists the manifest, or omit `index`.',
  ERR_DESCRIPTOR_INVALID: 'Correct the digest, size or media type that the message names.',
  ERR_MANIFEST_INVALID: 'Treat the manifest as malformed.',
  ERR_CONTENT_MISMATCH: DISTRUST,
  ERR_NOT_FOUND: 'Check the reference, and that the credentials may read the repository.',
  ERR_REGISTRY_UNAUTHORIZED: 'Log in to the registry, or pass `credentials` that permit the operation.',
  ERR_REGISTRY_RESPONSE: 'Check the host and port: this is not the response of an OCI registry.',
  ERR_REGISTRY_UNREACHABLE: 'Check the host and port, the network and the TLS certificate of the registry.',
  ERR_DELETION_UNSUPPORTED: "Use the registry's own tools, or ask the operator to enable deletion.",
  ERR_LISTING_UNSUPPORTED: 'Use the API of the provider, or name the repositories: a catalog is optional.',
  ERR_LAYOUT_INVALID: 'Check the path: it does not contain a readable OCI image layout.',
  ERR_BUDGET_EXCEEDED:
    'Check the registry and the certificates; raise the limit that the message names if you trust them.',
  ERR_TIMEOUT: 'Try again, or raise the timeout or limits.time.',
  ERR_ABORTED: 'Call again with a signal that is not aborted.',
  ERR_SIGNER_FAILED: 'Read the cause, and check the signer.',
  ERR_KEY_NOT_FOUND: 'Check the name and version of the key, and that the credentials may read it.',
  ERR_KMS_UNAUTHORIZED: 'Pass credentials that may sign with this key.',
  ERR_KMS_RESPONSE: "Read the key service's message; without one, check the URL.",
  ERR_KMS_UNREACHABLE: 'Check the URL, the network and the TLS certificate of the key service.',
  ERR_CONFIG_INVALID: "Correct the file of notation's configuration that the message names.",
  ERR_DCT_METADATA_INVALID: DISTRUST,
  ERR_DCT_ROOT_UNTRUSTED: DISTRUST,
  ERR_DCT_ROOT_SKIPPED: DISTRUST,
  ERR_DCT_ROLLBACK: DISTRUST,
  ERR_DCT_FREEZE: DISTRUST,
  ERR_DCT_MIX_AND_MATCH: DISTRUST,
  ERR_DCT_ENDLESS_DATA: DISTRUST,
  ERR_DCT_TOO_LARGE: DISTRUST,
  ERR_DCT_THRESHOLD: DISTRUST,
  ERR_DCT_EXPIRED: DISTRUST,
  ERR_DCT_TARGET_INVALID: DISTRUST,
  ERR_DCT_DELEGATION_CYCLE: DISTRUST,
  ERR_DCT_TAG_UNTRUSTED: DISTRUST,
  ERR_DCT_DIVERGED: DISTRUST,
  ERR_NO_SIGNATURE: 'Have the artifact signed, or copy its signatures with copySignatures.',
  ERR_NO_TRUSTED_SIGNATURE: 'Read why each signature was rejected; one good one is enough.',
  ERR_VERIFICATION_FAILED: 'Read the report: it says why each signature was rejected.',
} as const;

/** A stable identifier of a kind of failure. */
export type ErrorCode = keyof typeof NEXT_STEPS;

/** Every {@link ErrorCode} with its next step. */
export const errorCodes: Readonly<Record<ErrorCode, string>> = NEXT_STEPS;
