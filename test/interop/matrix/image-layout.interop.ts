import { describe } from 'vitest';
import { describeMatrix } from '../support/matrix.ts';

describe('in an image layout', () => describeMatrix('an image layout'));
