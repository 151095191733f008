// Tests compare bytes with Buffer. The package `buffer` is Node's Buffer for other runtimes, without one encoding.
import { Buffer as Polyfill } from 'buffer/';

const { toString: write } = Polyfill.prototype;
const { from } = Polyfill;

Polyfill.prototype.toString = function (this: Polyfill, encoding?: string, ...range: number[]): string {
  if (encoding !== 'base64url') return write.call(this, encoding, ...range);
  const base64 = write.call(this, 'base64', ...range);
  return base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
} as typeof write;

Polyfill.from = ((value: unknown, ...rest: unknown[]) =>
  Reflect.apply(
    from,
    Polyfill,
    rest[0] === 'base64url' ? [value, 'base64'] : [value, ...rest],
  )) as typeof from;

// Node accepts any bytes here.
const { indexOf } = Polyfill.prototype;
Polyfill.prototype.indexOf = function (this: Polyfill, value: unknown, ...rest: unknown[]): number {
  const wanted = value instanceof Uint8Array ? Polyfill.from(value) : value;
  return Reflect.apply(indexOf, this, [wanted, ...rest]);
} as typeof indexOf;

export { Polyfill as Buffer };
