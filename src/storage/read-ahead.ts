/**
 * Yields items in their order, each with the work on it, which begins before the consumer has reached the item: a few at
 * a time.
 *
 * @param items - An error while reading them is thrown after the items before it.
 * @param work - Called for each item. Rejections of unread items are handled.
 * @param options - `atOnce`: for how many items the work runs at a time; `most`: for how many it begins at all.
 */
export async function* readAhead<T, U>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<U>,
  { atOnce, most }: { atOnce: number; most: number },
): AsyncGenerator<{ item: T; done: Promise<U> | undefined }> {
  const iterator = items[Symbol.asyncIterator]();
  const begun: { item: T; done: Promise<U> | undefined }[] = [];
  let next: ReturnType<typeof settled<IteratorResult<T>>> | undefined;
  let ended: Promise<never> | true | undefined;
  let count = 0;
  try {
    while (true) {
      while (ended === undefined && begun.length < atOnce) {
        next ??= settled(iterator.next());
        // An item that is ready must not wait for a slow list.
        const [first] = begun;
        const read = await (first ? Promise.race([next, finished(first.done)]) : next);
        if (read === undefined) break;
        next = undefined;
        if (!('value' in read)) ended = read.failed;
        else if (read.value.done) ended = true;
        else {
          const done = count++ < most ? work(read.value.value) : undefined;
          done?.catch(() => undefined);
          begun.push({ item: read.value.value, done });
        }
      }
      const first = begun.shift();
      if (first) yield first;
      else if (ended === true) return;
      else if (ended) await ended;
    }
  } finally {
    const closed = iterator.return?.();
    // A generator only ends after its pending next().
    if (next) closed?.catch(() => undefined);
    else await closed;
  }
}

/** Returns the items of an iterable, and requests the first of them at once. */
export function begin<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = await first; !next.done; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    },
  };
}

/** Resolves once work has ended, successfully or not, or at once if it was not begun. */
async function finished(work: Promise<unknown> | undefined): Promise<undefined> {
  await work?.catch(() => undefined);
  return undefined;
}

async function settled<T>(work: Promise<T>): Promise<{ value: T } | { failed: Promise<never> }> {
  try {
    return { value: await work };
  } catch (error) {
    const failed = Promise.reject(error);
    failed.catch(() => undefined);
    return { failed };
  }
}
