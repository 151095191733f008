import { describe } from 'vitest';
import { describePeerCases } from '../support/peer-case.ts';
import { crlCases } from './crl-cases.ts';

describe('revocation by openssl ca -gencrl', () => describePeerCases(crlCases, 'crl'));
