/**
 * PKCS #12: a private key with its certificates in one file, `.p12` or `.pfx`.
 *
 * @packageDocumentation
 */
export { type Pkcs12Content, type Pkcs12Options, readPkcs12 } from './read-pkcs12.ts';
