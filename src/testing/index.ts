export type { KeySpec } from '../crypto/algorithms.ts';
export {
  createTestCa,
  type TestCa,
  type TestCaCertificateOptions,
  type TestCaOptions,
} from './ca.ts';
export type { RevocationUrls } from './certificate.ts';
export {
  generateTestCertificate,
  generateTestChain,
  issueTestChain,
  type TestCertificate,
  type TestCertificateOptions,
  type TestChainOptions,
  type TestIssueOptions,
} from './generate.ts';
export type { CertificateSignature } from './key.ts';
export {
  type CertificateRequest,
  type CertificateRequestOptions,
  createCertificateRequest,
} from './request.ts';
export type { TestRevocation, TestRevocationReason } from './status-register.ts';
export type { TestStatusResponse, TestStatusService } from './status-services.ts';
export {
  createTestTimestampAuthority,
  type TestTimestampAuthority,
  type TestTimestampAuthorityOptions,
} from './timestamp-authority.ts';
