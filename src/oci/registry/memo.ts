/**
 * Remembers one value a name, made when it is first asked for. The one made first is forgotten when there are too
 * many: names may come from outside.
 */
export function createMemo<T>(most: number, make: (name: string) => T): (name: string) => T {
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
