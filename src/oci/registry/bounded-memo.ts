/**
 * Makes a function that remembers one value a name. The oldest value is forgotten if there are too many: names may
 * come from outside.
 */
export function createBoundedMemo<T>(most: number, make: (name: string) => T): (name: string) => T {
  const values = new Map<string, { value: T }>();
  return (name) => {
    const known = values.get(name);
    if (known) return known.value;
    const value = make(name);
    values.set(name, { value });
    for (const oldest of values.keys()) {
      if (values.size <= most) break;
      values.delete(oldest);
    }
    return value;
  };
}
