import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

const MAX_GUN = 255;
const PART = '[A-Za-z0-9][A-Za-z0-9._-]*';
const GUN = new RegExp(`^${PART}(?::[0-9]{1,5})?(?:/${PART})*$`);

/** Reports whether a name can be that of a repository with trust data: with a host and a port, without `..` or empty parts. */
export function isGun(gun: unknown): gun is string {
  return typeof gun === 'string' && gun.length <= MAX_GUN && GUN.test(gun);
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkGun(gun: unknown): asserts gun is string {
  if (isGun(gun)) return;
  const example = 'registry.example.com:5000/team/app';
  throw argumentInvalid(`${quote(gun)} is not the name of a repository with trust data, such as ${example}`);
}
