/**
 * Every failure that notarykit reports, by its stable code, with what to do next.
 *
 * Codes are part of the public interface: a code is never reused for something else.
 */
const NEXT_STEPS = {
  ERR_ARGUMENT_INVALID: 'Correct the argument that the message names.',
  ERR_ENCODING_INVALID: 'Check that the input is complete and in the encoding that the message names.',
  ERR_LIMIT_EXCEEDED: 'Treat the input as hostile: no honest producer comes near this ceiling.',
  ERR_RUNTIME_UNSUPPORTED:
    'Use a runtime whose WebCrypto can do this, or install a provider such as @peculiar/webcrypto as globalThis.crypto.',
  ERR_PLAIN_HTTP_BLOCKED:
    'Give a fetch that asks by way of a proxy on HTTPS, or replies that were collected elsewhere (createOfflineRevocationChecker).',
  ERR_ALGORITHM_UNSUPPORTED: 'Use RSA 2048, 3072 or 4096, or ECDSA P-256, P-384 or P-521, with SHA-2.',
  ERR_KEY_INVALID:
    'Give the private key as PEM, PKCS#8 in DER, a JSON Web Key or a CryptoKey with the usage "sign"; a PKCS #12 file to readPkcs12.',
  ERR_PASSPHRASE_INVALID: 'Give the passphrase that the private key was encrypted with.',
  ERR_KEY_MISMATCH: 'Give the private key that one of the certificates belongs to.',
  ERR_CERTIFICATE_INVALID: 'Have the certificate issued again: it is not a well-formed X.509 certificate.',
  ERR_CERTIFICATE_CHAIN_INVALID:
    'Give the whole chain, leaf first and root last, issued by the certificate profile of the Notary Project.',
  ERR_CERTIFICATE_NOT_VALID_AT_TIME:
    'Sign again with a certificate that is valid, and time-stamp signatures that must outlive it.',
  ERR_TRUST_STORE_INVALID: 'Correct the trust store: CA or self-signed certificates only, in PEM or DER.',
  ERR_TRUST_STORE_NOT_FOUND:
    'Add the named store to the trust store, or correct its name in the trust policy.',
  ERR_ENVELOPE_INVALID: 'Treat the signature as tampered with or produced by broken software.',
  ERR_ENVELOPE_UNSUPPORTED: 'Only application/jose+json and application/cose signature envelopes exist.',
  ERR_SIGNATURE_INVALID: 'Treat the artifact as tampered with: the signature does not fit what was signed.',
  ERR_PAYLOAD_INVALID: 'Treat the signature as produced by broken software.',
  ERR_CRITICAL_ATTRIBUTE_UNKNOWN: 'Verify with software that understands the critical attribute.',
  ERR_PLUGIN_REQUIRED:
    'Give the verifier plugins, among them the verification plugin that the signature names.',
  ERR_PLUGIN_NOT_FOUND: 'Install the plugin, or correct its name.',
  ERR_PLUGIN_INVALID:
    'Install the plugin again from a source that you trust: it is not one that notation would run.',
  ERR_PLUGIN_EXISTS: 'Remove the plugin that is installed, or have it overwritten.',
  ERR_PLUGIN_INCOMPATIBLE: 'Install a version of the plugin that can do this.',
  ERR_PLUGIN_RESPONSE: 'Tell the author of the plugin: it does not answer as the plugin protocol demands.',
  ERR_PLUGIN_FAILED: 'Read what the plugin says; its configuration or its service may need attention.',
  ERR_PLUGIN_REJECTED: 'Read why the verification plugin that the signature names refuses it.',
  ERR_ROOT_UNTRUSTED:
    'Add the root certificate to a trust store that the policy statement names, if you trust it.',
  ERR_IDENTITY_UNTRUSTED:
    'Add the signer to trustedIdentities of the policy statement, if you trust it with this artifact.',
  ERR_SIGNATURE_EXPIRED: 'Have the artifact signed again.',
  ERR_TIMESTAMP_MISSING:
    'Have the artifact signed again with a time-stamp, or remove the tsa store from the statement.',
  ERR_TIMESTAMP_UNSUPPORTED:
    'Give the verifier the ability: `timestamp: verifyTimestamp` of notarykit/x509/timestamp.',
  ERR_TIMESTAMP_INVALID:
    'Treat the time-stamp as tampered with or made by broken software; have the artifact signed again.',
  ERR_TIMESTAMP_UNTRUSTED:
    'Add the root certificate of the time-stamping authority to a tsa store of the statement, if you trust it.',
  ERR_TIMESTAMP_REFUSED:
    'Ask another time-stamping authority, or the operator of this one what it demands of requests.',
  ERR_CERTIFICATE_REVOKED:
    'Do not use the artifact before it is known what happened; have it signed again with another certificate.',
  ERR_REVOCATION_UNKNOWN:
    'Read which address was asked and what it answered; make it reachable, or give collected replies to createOfflineRevocationChecker.',
  ERR_REVOCATION_EXPIRED_CERTIFICATE:
    'Have the artifact signed again with a certificate that is valid, or ask the CA to publish the status of expired certificates (expiredCertsOnCRL, OCSP archive cutoff).',
  ERR_REVOCATION_UNSUPPORTED:
    'Give the verifier the ability: `revocation: createRevocationChecker()` of notarykit/x509/revocation.',
  ERR_OCSP_INVALID: 'Treat the OCSP reply as tampered with, or tell the operator of the responder.',
  ERR_CRL_INVALID: 'Treat the CRL as tampered with, or tell the CA that issues it.',
  ERR_AUTHORITY_UNREACHABLE: 'Check the address, the network, and whether a proxy is needed (`fetch`).',
  ERR_AUTHORITY_RESPONSE: 'Check the address: it does not answer as such an authority does.',
  ERR_ARTIFACT_MISMATCH: 'Treat the signature as belonging to another artifact.',
  ERR_USER_METADATA_INVALID: 'Correct the key that the message names.',
  ERR_USER_METADATA_MISMATCH:
    'Check which build signed this artifact: the metadata you require is not signed.',
  ERR_POLICY_INVALID: 'Correct the field that the message names in the trust policy.',
  ERR_POLICY_NOT_FOUND: 'Write a trust policy, or give the folder that holds it.',
  ERR_POLICY_NOT_APPLICABLE:
    'Add a statement that applies: one whose registryScopes contain the repository or are "*", for a blob one of the name or with globalPolicy.',
  ERR_REFERENCE_INVALID: 'Write the reference as registry/repository:tag or registry/repository@digest.',
  ERR_DESCRIPTOR_INVALID: 'Treat the document as malformed.',
  ERR_MANIFEST_INVALID: 'Treat the manifest as malformed or foreign.',
  ERR_CONTENT_MISMATCH:
    'Treat the registry or the connection as untrustworthy: bytes differ from their digest.',
  ERR_NOT_FOUND: 'Check the reference, and that the credentials may read the repository.',
  ERR_REGISTRY_UNAUTHORIZED: 'Give credentials for this registry that may do what was asked.',
  ERR_REGISTRY_RESPONSE: 'Check the address: it does not answer as an OCI registry does.',
  ERR_REGISTRY_UNREACHABLE: 'Check the address, the network and the certificate of the registry.',
  ERR_DELETION_UNSUPPORTED:
    'Delete it with the tools of the registry, or have its operator allow that manifests are deleted.',
  ERR_LAYOUT_INVALID: 'Check the path: it holds no OCI image layout that can be read.',
  ERR_TIMEOUT: 'Try again, or raise the time-out.',
  ERR_ABORTED: 'The signal that you gave was aborted.',
  ERR_SIGNER_FAILED: 'Look at the cause: the signer did not produce a signature that verifies.',
  ERR_KEY_NOT_FOUND: 'Check the name and version of the key, and that the credentials may see it.',
  ERR_KMS_UNAUTHORIZED: 'Give credentials for the key service that may sign with this key.',
  ERR_KMS_RESPONSE: 'Read what the service says; if it says nothing, check the address.',
  ERR_KMS_UNREACHABLE: 'Check the address, the network and the certificate of the key service.',
  ERR_CONFIG_INVALID: "Correct the file that the message names in notation's configuration.",
  ERR_NO_SIGNATURE: 'Have the artifact signed, or check that signatures were copied along with it.',
  ERR_NO_TRUSTED_SIGNATURE: 'Read why each signature was refused; one that is good is enough.',
  ERR_VERIFICATION_FAILED: 'Read the report: it names every signature tried and why each was refused.',
} as const;

/** A stable identifier of a kind of failure. */
export type ErrorCode = keyof typeof NEXT_STEPS;

/** Every {@link ErrorCode} with what to do about it; the table of the documentation is made from this. */
export const errorCodes: Readonly<Record<ErrorCode, string>> = NEXT_STEPS;
