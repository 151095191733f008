// Every object identifier that is read or written, by the name that its standard gives it. Nothing else in src/ spells
// one out: import the table as `oids`, of which a bundle keeps what is used.

// Public key algorithms and curves (RFC 3279, RFC 5480, RFC 8410).
export const rsaEncryption = '1.2.840.113549.1.1.1';
export const ecPublicKey = '1.2.840.10045.2.1';
export const secp256r1 = '1.2.840.10045.3.1.7';
export const secp384r1 = '1.3.132.0.34';
export const secp521r1 = '1.3.132.0.35';
export const ed25519 = '1.3.101.112';

// Signature algorithms (RFC 3279, RFC 4055, RFC 5758).
export const md5WithRsa = '1.2.840.113549.1.1.4';
export const sha1WithRsa = '1.2.840.113549.1.1.5';
export const sha256WithRsa = '1.2.840.113549.1.1.11';
export const sha384WithRsa = '1.2.840.113549.1.1.12';
export const sha512WithRsa = '1.2.840.113549.1.1.13';
export const rsassaPss = '1.2.840.113549.1.1.10';
export const mgf1 = '1.2.840.113549.1.1.8';
export const ecdsaWithSha1 = '1.2.840.10045.4.1';
export const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
export const ecdsaWithSha384 = '1.2.840.10045.4.3.3';
export const ecdsaWithSha512 = '1.2.840.10045.4.3.4';

// Hash functions, and HMAC with them (RFC 3370, RFC 5754, RFC 8018).
export const sha1 = '1.3.14.3.2.26';
export const sha256 = '2.16.840.1.101.3.4.2.1';
export const sha384 = '2.16.840.1.101.3.4.2.2';
export const sha512 = '2.16.840.1.101.3.4.2.3';
export const hmacWithSha1 = '1.2.840.113549.2.7';
export const hmacWithSha256 = '1.2.840.113549.2.9';
export const hmacWithSha384 = '1.2.840.113549.2.10';
export const hmacWithSha512 = '1.2.840.113549.2.11';

// Encryption by a password (RFC 8018, RFC 7914, RFC 3565; the old schemes: RFC 7292, appendix C).
export const pbkdf2 = '1.2.840.113549.1.5.12';
export const pbes2 = '1.2.840.113549.1.5.13';
export const pbmac1 = '1.2.840.113549.1.5.14';
export const scrypt = '1.3.6.1.4.1.11591.4.11';
export const aes128Cbc = '2.16.840.1.101.3.4.1.2';
export const aes192Cbc = '2.16.840.1.101.3.4.1.22';
export const aes256Cbc = '2.16.840.1.101.3.4.1.42';
export const pbeWithSha1And3KeyTripleDes = '1.2.840.113549.1.12.1.3';
export const pbeWithSha1And2KeyTripleDes = '1.2.840.113549.1.12.1.4';
export const pbeWithSha1And128BitRc2 = '1.2.840.113549.1.12.1.5';
export const pbeWithSha1And40BitRc2 = '1.2.840.113549.1.12.1.6';

// What a PKCS #12 file holds (RFC 7292, section 4.2; RFC 2985).
export const keyBag = '1.2.840.113549.1.12.10.1.1';
export const pkcs8ShroudedKeyBag = '1.2.840.113549.1.12.10.1.2';
export const certBag = '1.2.840.113549.1.12.10.1.3';
export const safeContentsBag = '1.2.840.113549.1.12.10.1.6';
export const x509Certificate = '1.2.840.113549.1.9.22.1';
export const friendlyName = '1.2.840.113549.1.9.20';

// Content types and attributes of CMS (RFC 5652, RFC 5035, RFC 3161), and a timestamp policy (ETSI TS 102 023).
export const data = '1.2.840.113549.1.7.1';
export const signedData = '1.2.840.113549.1.7.2';
export const encryptedData = '1.2.840.113549.1.7.6';
export const tstInfo = '1.2.840.113549.1.9.16.1.4';
export const contentType = '1.2.840.113549.1.9.3';
export const messageDigest = '1.2.840.113549.1.9.4';
export const signingTime = '1.2.840.113549.1.9.5';
export const signingCertificateV2 = '1.2.840.113549.1.9.16.2.47';
export const baselineTimestampPolicy = '0.4.0.2023.1.1';
/** Under the arc for examples (RFC 5612). */
export const examplePolicy = '1.3.6.1.4.1.32473.1';

// Attributes of distinguished names (RFC 4519, RFC 2985).
export const commonName = '2.5.4.3';
export const serialNumber = '2.5.4.5';
export const countryName = '2.5.4.6';
export const localityName = '2.5.4.7';
export const stateOrProvinceName = '2.5.4.8';
export const streetAddress = '2.5.4.9';
export const organizationName = '2.5.4.10';
export const organizationalUnitName = '2.5.4.11';
export const postalCode = '2.5.4.17';
export const userId = '0.9.2342.19200300.100.1.1';
export const domainComponent = '0.9.2342.19200300.100.1.25';
export const emailAddress = '1.2.840.113549.1.9.1';

// Extensions of certificates, CRLs and OCSP responses (RFC 5280, RFC 6960).
export const subjectKeyIdentifier = '2.5.29.14';
export const keyUsage = '2.5.29.15';
export const subjectAltName = '2.5.29.17';
export const issuerAltName = '2.5.29.18';
export const basicConstraints = '2.5.29.19';
export const crlNumber = '2.5.29.20';
export const reasonCode = '2.5.29.21';
export const invalidityDate = '2.5.29.24';
export const deltaCrlIndicator = '2.5.29.27';
export const issuingDistributionPoint = '2.5.29.28';
export const nameConstraints = '2.5.29.30';
export const crlDistributionPoints = '2.5.29.31';
export const certificatePolicies = '2.5.29.32';
export const policyMappings = '2.5.29.33';
export const authorityKeyIdentifier = '2.5.29.35';
export const policyConstraints = '2.5.29.36';
export const extendedKeyUsage = '2.5.29.37';
export const freshestCrl = '2.5.29.46';
export const inhibitAnyPolicy = '2.5.29.54';
export const authorityInfoAccess = '1.3.6.1.5.5.7.1.1';
export const subjectInfoAccess = '1.3.6.1.5.5.7.1.11';
export const ocsp = '1.3.6.1.5.5.7.48.1';
export const ocspBasic = '1.3.6.1.5.5.7.48.1.1';
export const archiveCutoff = '1.3.6.1.5.5.7.48.1.6';
export const expiredCertsOnCrl = '2.5.29.60';
export const ocspNoCheck = '1.3.6.1.5.5.7.48.1.5';

// What a certificate may be used for (RFC 5280, section 4.2.1.12).
export const anyExtendedKeyUsage = '2.5.29.37.0';
export const serverAuth = '1.3.6.1.5.5.7.3.1';
export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const emailProtection = '1.3.6.1.5.5.7.3.4';
export const timeStamping = '1.3.6.1.5.5.7.3.8';
export const ocspSigning = '1.3.6.1.5.5.7.3.9';
