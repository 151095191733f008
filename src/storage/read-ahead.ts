/**
 * Items as they come, with work on each begun before those ahead of it are done with: a few at once, in their order.
 * Work is not begun for more items than may be needed.
 *
 * @param items - Where reading fails, that is told after the items before.
 * @param work - Begun for each item. When it fails nobody need have waited for it.
 * @param options - `atOnce`: how many are worked on at a time; `most`: how many are worked on at all.
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
        // What is there need not wait for a list that is slow to go on.
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
    // A generator cannot end before its pending read.
    if (next) closed?.catch(() => undefined);
    else await closed;
  }
}

/** Starts reading the first item of an iterable at once. */
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

/** Nothing, once work has ended in whatever way; work that was not begun has. */
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
