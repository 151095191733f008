/**
 * Private keys: the forms that signers take, and PKCS #12 files, `.p12` or `.pfx`, which contain a key with its
 * certificates.
 *
 * @packageDocumentation
 */
export { type Pkcs12Content, type Pkcs12Options, readPkcs12 } from './pkcs12/read-pkcs12.ts';
export type { PrivateJwk, PrivateKeyInput } from './private-key.ts';
