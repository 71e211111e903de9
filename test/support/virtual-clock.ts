import { setImmediate } from 'node:timers/promises';

/**
 * A clock that moves on when all work waits for it. Unlike fake timers, it leaves those of the process alone. Milliseconds. Work counts as
 * waiting after so many turns of the event loop: an API call takes several of them, and no time.
 */
export function virtualClock({ start = 0, turns = 1 } = {}) {
  let time = start;
  const asleep = new Map<() => void, number>();
  return { now: () => time, sleep, untilDone };

  function sleep(ms: number): Promise<void> {
    return new Promise((wake) => asleep.set(wake, time + ms));
  }

  async function untilDone<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
    const done = Promise.all(work);
    const isDone = done.then(() => true);
    for (let idle = 1; !(await Promise.race([isDone, setImmediate(false)])); idle += 1) {
      if (idle < turns || asleep.size === 0) continue;
      idle = 0;
      time = Math.min(...asleep.values());
      for (const [wake, until] of asleep) {
        if (until > time) continue;
        asleep.delete(wake);
        wake();
      }
    }
    return done;
  }
}
