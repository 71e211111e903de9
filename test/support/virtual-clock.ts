import { setImmediate } from 'node:timers/promises';

/** A clock that moves on when all work waits for it. Unlike fake timers, it leaves those of the process alone. Milliseconds. */
export function virtualClock() {
  let time = 0;
  const asleep = new Map<() => void, number>();
  return { now: () => time, sleep, untilDone };

  function sleep(ms: number): Promise<void> {
    return new Promise((wake) => asleep.set(wake, time + ms));
  }

  async function untilDone<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
    const done = Promise.all(work);
    await setImmediate();
    while (asleep.size > 0) {
      time = Math.min(...asleep.values());
      for (const [wake, until] of asleep) {
        if (until > time) continue;
        asleep.delete(wake);
        wake();
      }
      await setImmediate();
    }
    return done;
  }
}
