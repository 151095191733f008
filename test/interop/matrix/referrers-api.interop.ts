import { describe } from 'vitest';
import { describeMatrix } from '../support/matrix.ts';

describe('in a registry with the referrers API', () => describeMatrix('a registry with the referrers API'));
