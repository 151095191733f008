import { describe } from 'vitest';
import { describeMatrix } from '../support/matrix.ts';

describe('in a registry without the referrers API', () =>
  describeMatrix('a registry without the referrers API'));
