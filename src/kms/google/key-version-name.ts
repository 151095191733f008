import { argumentInvalid } from '../../errors/notation-error.ts';

const NAME =
  /^projects\/[a-z][\w.:-]*\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+\/cryptoKeyVersions\/\d+$/;

/** The service in full resource names, as Terraform and the asset inventory write them. */
const RESOURCE_PREFIX = /^\/\/cloudkms\.googleapis\.com\/(?:v1\/)?/;

/**
 * Reads the name of a key version, as it stands in the URL of the service.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readKeyVersionName(given: string): string {
  const name = typeof given === 'string' ? given.replace(RESOURCE_PREFIX, '') : '';
  if (NAME.test(name)) return name;
  throw argumentInvalid(
    /^projects\/\d+\//.test(name)
      ? 'keyVersionName must have the id of the project, not its number: responses name the key by the id'
      : 'keyVersionName must be projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/…',
  );
}
