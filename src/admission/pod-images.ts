import { CONTAINER_LISTS, POD_KINDS } from '../encoding/kubernetes-pods.ts';
import { isPlainObject } from '../encoding/schema.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

/** An image that a pod uses. */
export interface PodImage {
  /** As it is written in the object. */
  image: string;
  /** The way to it in the object, as a JSON Pointer (RFC 6901). */
  pointer: string;
  /** What uses it, for messages, such as `container "app"`. */
  usage: string;
  /** The same before and after an update that leaves the image as it is. */
  identity: string;
}

/** The pod in an object. */
export interface PodOfObject {
  images: PodImage[];
  /** The names of the secrets with which its images are pulled. */
  pullSecrets: string[];
  serviceAccount: string;
}

type Path = readonly (string | number)[];

/**
 * Returns the pod of an object, or of the template that it has.
 * @returns `undefined` for a kind that has none.
 * @throws NotationError `ERR_ENCODING_INVALID` if an image of the pod cannot be found
 */
export function podOf(
  object: unknown,
  { group, kind }: { group: string; kind: string },
): PodOfObject | undefined {
  const path = POD_KINDS.find((one) => one.group === group && one.kind === kind)?.path;
  if (!path) return undefined;
  const spec = path.reduce<unknown>((at, name) => memberOf(at, name), object);
  if (!isPlainObject(spec)) throw objectInvalid(`${kind} has no ${path.join('.')}`);
  const accounts = [memberOf(spec, 'serviceAccountName'), memberOf(spec, 'serviceAccount')];
  return {
    images: [...imagesOf(spec, path)],
    pullSecrets: listOf(spec, 'imagePullSecrets')
      .map((entry) => nameOf(entry))
      .filter((name) => name !== ''),
    serviceAccount: accounts.find((name) => typeof name === 'string' && name !== '')?.toString() ?? 'default',
  };
}

function* imagesOf(spec: Record<string, unknown>, path: Path): Generator<PodImage> {
  for (const [list, what] of CONTAINER_LISTS) {
    for (const [index, container] of listOf(spec, list).entries()) {
      const user = { list, name: nameOf(container), usage: `${what} ${quote(nameOf(container))}` };
      yield* imageAt(container, 'image', [...path, list, index], user);
    }
  }
  for (const [index, volume] of listOf(spec, 'volumes').entries()) {
    const source = memberOf(volume, 'image');
    if (source === undefined) continue;
    const user = { list: 'volumes', name: nameOf(volume), usage: `volume ${quote(nameOf(volume))}` };
    yield* imageAt(source, 'reference', [...path, 'volumes', index, 'image'], user);
  }
}

/** What uses an image: in which list, by which name, and both for messages. */
type User = Pick<PodImage, 'usage'> & { list: string; name: string };

/** A template may leave its image open: then its pods are reviewed with the image that they get. */
function* imageAt(
  owner: unknown,
  member: string,
  path: Path,
  { list, name, usage }: User,
): Generator<PodImage> {
  if (!isPlainObject(owner)) throw objectInvalid(`the ${usage} is not an object`);
  const image = memberOf(owner, member);
  if (image === undefined || image === '') return;
  if (typeof image !== 'string') throw objectInvalid(`the ${member} of the ${usage} is not a string`);
  const identity = JSON.stringify([list, name, image]);
  yield { image, pointer: jsonPointer([...path, member]), usage, identity };
}

/** Writes the way to a part of a document as a JSON Pointer (RFC 6901, section 3). */
export function jsonPointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Returns a member of an object; Go reads `null` as if it were missing. */
function memberOf(owner: unknown, name: string): unknown {
  if (!isPlainObject(owner) || !Object.hasOwn(owner, name)) return undefined;
  return owner[name] ?? undefined;
}

function listOf(owner: unknown, name: string): readonly unknown[] {
  const list = memberOf(owner, name) ?? [];
  if (!Array.isArray(list)) throw objectInvalid(`${name} is not a list`);
  return list;
}

function nameOf(owner: unknown): string {
  const name = memberOf(owner, 'name') ?? '';
  return typeof name === 'string' ? name : '';
}

/** Makes the error of an object in which the images cannot be found. */
function objectInvalid(reason: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the object is not what Kubernetes accepts: ${reason}`);
}
