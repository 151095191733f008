import { lazy } from '../encoding/lazy.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { sameContent } from '../oci/content.ts';
import { repositoryName } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { Exchange } from './exchange.ts';
import type { ServedManifest } from './manifest.ts';

/**
 * Makes the registry for the evaluation of a manifest: everything is read with the caller's access, and the manifest itself
 * is the one that was served.
 */
export function registryWith(served: ServedManifest, { access, destination }: Exchange): Registry {
  return {
    repository(reference) {
      // Made when it is used: a known verdict needs none.
      const remote = lazy(() => access.repository(destination.repository));
      return {
        name: repositoryName(reference),
        referrersByDigest: true,
        async resolve(target, options) {
          if (target !== served.digest) return remote().resolve(target, options);
          return { ...(await served.fetch()).descriptor };
        },
        async fetchManifest(descriptor, options) {
          if (descriptor.digest !== served.digest) return remote().fetchManifest(descriptor, options);
          const { descriptor: own, bytes } = await served.fetch();
          if (sameContent(own, descriptor)) return bytes;
          const message = `${own.digest} has another size or media type than the one that names it says`;
          throw new NotationError('ERR_CONTENT_MISMATCH', message);
        },
        fetchBlob: (...given) => remote().fetchBlob(...given),
        referrers: (...given) => remote().referrers(...given),
        pushBlob: notStored,
        pushManifest: notStored,
      };
    },
  };
}

/** Evaluating stores nothing, and so a gateway needs no code that does. */
async function notStored(): Promise<never> {
  throw argumentInvalid('the registry of an evaluation cannot be pushed to');
}
