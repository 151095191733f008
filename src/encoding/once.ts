/**
 * A value that is made when it is first asked for, and then kept: what is costly to make costs a cold start nothing
 * until it is needed.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
