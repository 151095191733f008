import { NotationError } from '../errors/index.ts';

/** What the parts of an envelope may measure; real ones stay far below. */
const MAX = {
  /** Bytes. */
  'signature envelope': 32 * 1024 * 1024,
  'protected header': 1024 * 1024,
  'time-stamp token': 1024 * 1024,
  /** Certificates. */
  'certificate chain': 16,
} as const;

/** @throws {@link NotationError} `ERR_LIMIT_EXCEEDED` */
export function checkPartSize(part: keyof typeof MAX, size: number): void {
  if (size > MAX[part]) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the ${part} measures ${size}, more than ${MAX[part]}`);
  }
}
