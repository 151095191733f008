import { describe } from 'vitest';
import { describePeerCases } from '../support/peer-case.ts';
import { timestampCases } from './timestamp-cases.ts';

describe('time-stamps by openssl ts', () => describePeerCases(timestampCases, 'timestamp'));
