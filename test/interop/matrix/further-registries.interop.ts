import { describe } from 'vitest';
import { describeMatrix, FEW_CHAINS } from '../support/matrix.ts';
import { FURTHER_REGISTRIES } from '../support/stores.ts';

describe.each(FURTHER_REGISTRIES)('in %s', (name) => describeMatrix(name, FEW_CHAINS));
