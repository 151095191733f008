import { describe } from 'vitest';
import { describePeerCases } from '../support/peer-case.ts';
import { profileCases } from './profile-cases.ts';
import { timestampCases } from './timestamp-cases.ts';

describe('timestamps', () => describePeerCases({ ...timestampCases, profiles: profileCases }, 'timestamp'));
