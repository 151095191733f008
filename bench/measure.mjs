/** Milliseconds that some work takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The median of several runs, after some to warm up, in milliseconds. */
export async function medianOf(work, { rounds = 60, warmUp = 10 } = {}) {
  for (let i = 0; i < warmUp; i++) await work();
  const times = [];
  for (let i = 0; i < rounds; i++) times.push(await timed(work));
  return median(times);
}

/** The medians of several works by name, in milliseconds. They take turns, so that the load affects them alike. */
export async function mediansOf(works, { rounds = 60, warmUp = 10 } = {}) {
  const names = Object.keys(works);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = -warmUp; i < rounds; i++) {
    for (const name of names) {
      const time = await timed(works[name]);
      if (i >= 0) times[name].push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}
