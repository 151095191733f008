import { describe } from 'vitest';
import { describePeerCases } from '../support/peer-case.ts';
import { ocspCases } from './ocsp-cases.ts';

describe('revocation by openssl ocsp', () => describePeerCases(ocspCases, 'ocsp'));
