/**
 * Works on items, a few at a time, and yields each result as soon as there is one. While the consumer works on a result
 * nothing new begins.
 *
 * @param items - Read one after another, and only when there is room.
 * @param work - Its first rejection is thrown; what has begun by then is not waited for.
 */
export async function* asCompleted<T, U>(
  items: AsyncIterator<T> | Iterator<T>,
  work: (item: T, index: number) => Promise<U>,
  concurrency: number,
): AsyncGenerator<U> {
  const running = new Set<Promise<void>>();
  const finished: U[] = [];
  let reading: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let ended = false;
  let index = 0;

  const settle = async (task: () => Promise<void>): Promise<void> => {
    try {
      await task();
    } catch (error) {
      failure ??= { error };
    }
  };
  const begin = (item: T): void => {
    const position = index++;
    const task = settle(async () => {
      finished.push(await work(item, position));
    }).finally(() => running.delete(task));
    running.add(task);
  };
  const read = async (): Promise<void> => {
    const next = await items.next();
    if (next.done) ended = true;
    else begin(next.value);
  };

  try {
    while (true) {
      if (failure) throw failure.error;
      if (!ended && !reading && running.size + finished.length < concurrency) {
        reading = settle(read).finally(() => {
          reading = undefined;
        });
      }
      const result = finished.shift();
      if (result !== undefined) yield result;
      else if (ended && running.size === 0 && finished.length === 0) return;
      else await Promise.race(reading ? [...running, reading] : running);
    }
  } finally {
    if (!ended) await items.return?.();
  }
}
