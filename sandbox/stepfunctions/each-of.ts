/** Processes items in order, at most so many at a time, until one fails. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  process: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let isFailed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (isFailed) return;
      try {
        results[index] = await process(item, index);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
