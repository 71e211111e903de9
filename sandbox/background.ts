/** The pending background work. */
export function backgroundTasks() {
  const works = new Set<Promise<void>>();
  return {
    add(work: Promise<void>): void {
      const tracked = work.catch(console.error).finally(() => works.delete(tracked));
      works.add(tracked);
    },
    isBusy: () => works.size > 0,
    async settled() {
      while (works.size > 0) await Promise.allSettled(works);
    },
  };
}
