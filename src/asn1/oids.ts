/**
 * Every object identifier that is read or written, by its name in the standard; the rest of `src` refers to them by name.
 * An enum, because bundlers inline its members: constants would be exported from chunk to chunk, which costs a bundle up
 * to 0.9 kB.
 */
export enum Oid {
  // Public key algorithms and curves (RFC 3279, RFC 5480, RFC 8410).
  rsaEncryption = '1.2.840.113549.1.1.1',
  ecPublicKey = '1.2.840.10045.2.1',
  secp256r1 = '1.2.840.10045.3.1.7',
  secp384r1 = '1.3.132.0.34',
  secp521r1 = '1.3.132.0.35',
  ed25519 = '1.3.101.112',

  // Signature algorithms (RFC 3279, RFC 4055, RFC 5758).
  md5WithRsa = '1.2.840.113549.1.1.4',
  sha1WithRsa = '1.2.840.113549.1.1.5',
  sha256WithRsa = '1.2.840.113549.1.1.11',
  sha384WithRsa = '1.2.840.113549.1.1.12',
  sha512WithRsa = '1.2.840.113549.1.1.13',
  rsassaPss = '1.2.840.113549.1.1.10',
  mgf1 = '1.2.840.113549.1.1.8',
  ecdsaWithSha1 = '1.2.840.10045.4.1',
  ecdsaWithSha256 = '1.2.840.10045.4.3.2',
  ecdsaWithSha384 = '1.2.840.10045.4.3.3',
  ecdsaWithSha512 = '1.2.840.10045.4.3.4',

  // Hash functions, and HMAC with them (RFC 3370, RFC 5754, RFC 8018).
  sha1 = '1.3.14.3.2.26',
  sha256 = '2.16.840.1.101.3.4.2.1',
  sha384 = '2.16.840.1.101.3.4.2.2',
  sha512 = '2.16.840.1.101.3.4.2.3',
  sha224 = '2.16.840.1.101.3.4.2.4',
  sha512_224 = '2.16.840.1.101.3.4.2.5',
  sha512_256 = '2.16.840.1.101.3.4.2.6',
  hmacWithSha1 = '1.2.840.113549.2.7',
  hmacWithSha224 = '1.2.840.113549.2.8',
  hmacWithSha256 = '1.2.840.113549.2.9',
  hmacWithSha384 = '1.2.840.113549.2.10',
  hmacWithSha512 = '1.2.840.113549.2.11',
  hmacWithSha512_224 = '1.2.840.113549.2.12',
  hmacWithSha512_256 = '1.2.840.113549.2.13',

  // Encryption by a password (RFC 8018, RFC 7914, RFC 3565; Triple DES: RFC 8018, appendix B.2.2; the old schemes: RFC 7292, appendix C).
  pbkdf2 = '1.2.840.113549.1.5.12',
  pbes2 = '1.2.840.113549.1.5.13',
  pbmac1 = '1.2.840.113549.1.5.14',
  scrypt = '1.3.6.1.4.1.11591.4.11',
  tripleDesCbc = '1.2.840.113549.3.7',
  aes128Cbc = '2.16.840.1.101.3.4.1.2',
  aes192Cbc = '2.16.840.1.101.3.4.1.22',
  aes256Cbc = '2.16.840.1.101.3.4.1.42',
  pbeWithSha1And3KeyTripleDes = '1.2.840.113549.1.12.1.3',
  pbeWithSha1And2KeyTripleDes = '1.2.840.113549.1.12.1.4',
  pbeWithSha1And128BitRc2 = '1.2.840.113549.1.12.1.5',
  pbeWithSha1And40BitRc2 = '1.2.840.113549.1.12.1.6',

  // Contents of a PKCS #12 file (RFC 7292, section 4.2; RFC 2985).
  keyBag = '1.2.840.113549.1.12.10.1.1',
  pkcs8ShroudedKeyBag = '1.2.840.113549.1.12.10.1.2',
  certBag = '1.2.840.113549.1.12.10.1.3',
  safeContentsBag = '1.2.840.113549.1.12.10.1.6',
  x509Certificate = '1.2.840.113549.1.9.22.1',
  friendlyName = '1.2.840.113549.1.9.20',

  // Content types and attributes of CMS (RFC 5652, RFC 5035, RFC 3161), and a timestamp policy (ETSI TS 102 023).
  data = '1.2.840.113549.1.7.1',
  signedData = '1.2.840.113549.1.7.2',
  encryptedData = '1.2.840.113549.1.7.6',
  tstInfo = '1.2.840.113549.1.9.16.1.4',
  contentType = '1.2.840.113549.1.9.3',
  messageDigest = '1.2.840.113549.1.9.4',
  signingTime = '1.2.840.113549.1.9.5',
  signingCertificate = '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2 = '1.2.840.113549.1.9.16.2.47',
  baselineTimestampPolicy = '0.4.0.2023.1.1',
  /** Under the arc for examples (RFC 5612). */
  examplePolicy = '1.3.6.1.4.1.32473.1',

  // Attributes of distinguished names (RFC 4519, RFC 2985).
  commonName = '2.5.4.3',
  serialNumber = '2.5.4.5',
  countryName = '2.5.4.6',
  localityName = '2.5.4.7',
  stateOrProvinceName = '2.5.4.8',
  streetAddress = '2.5.4.9',
  organizationName = '2.5.4.10',
  organizationalUnitName = '2.5.4.11',
  postalCode = '2.5.4.17',
  userId = '0.9.2342.19200300.100.1.1',
  domainComponent = '0.9.2342.19200300.100.1.25',
  emailAddress = '1.2.840.113549.1.9.1',

  // Extensions of certificates, CRLs and OCSP responses (RFC 5280, RFC 6960).
  subjectKeyIdentifier = '2.5.29.14',
  keyUsage = '2.5.29.15',
  subjectAltName = '2.5.29.17',
  issuerAltName = '2.5.29.18',
  basicConstraints = '2.5.29.19',
  crlNumber = '2.5.29.20',
  reasonCode = '2.5.29.21',
  invalidityDate = '2.5.29.24',
  deltaCrlIndicator = '2.5.29.27',
  issuingDistributionPoint = '2.5.29.28',
  nameConstraints = '2.5.29.30',
  crlDistributionPoints = '2.5.29.31',
  certificatePolicies = '2.5.29.32',
  policyMappings = '2.5.29.33',
  authorityKeyIdentifier = '2.5.29.35',
  policyConstraints = '2.5.29.36',
  extendedKeyUsage = '2.5.29.37',
  freshestCrl = '2.5.29.46',
  inhibitAnyPolicy = '2.5.29.54',
  authorityInfoAccess = '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess = '1.3.6.1.5.5.7.1.11',
  ocsp = '1.3.6.1.5.5.7.48.1',
  ocspBasic = '1.3.6.1.5.5.7.48.1.1',
  archiveCutoff = '1.3.6.1.5.5.7.48.1.6',
  expiredCertsOnCrl = '2.5.29.60',
  ocspNoCheck = '1.3.6.1.5.5.7.48.1.5',

  // Purposes of a certificate (RFC 5280, section 4.2.1.12).
  anyExtendedKeyUsage = '2.5.29.37.0',
  serverAuth = '1.3.6.1.5.5.7.3.1',
  clientAuth = '1.3.6.1.5.5.7.3.2',
  emailProtection = '1.3.6.1.5.5.7.3.4',
  timeStamping = '1.3.6.1.5.5.7.3.8',
  ocspSigning = '1.3.6.1.5.5.7.3.9',
}
