/** Waits until a condition holds; fails after a second. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 1000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('the condition does not hold after a second');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
