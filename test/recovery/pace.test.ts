import { expect, test } from 'vitest';
import { atPace, paced } from '#recovery/pace.ts';

/** A clock that only sleeping moves on. */
function clock() {
  const time = { now: 1_000_000, slept: [] as number[] };
  return {
    time,
    pace: {
      now: () => time.now,
      sleep: async (ms: number) => {
        time.slept.push(ms);
        time.now += ms;
      },
    },
  };
}

test('calls start at a rate, the first at once', async () => {
  const { time, pace } = clock();
  const turn = paced(2, pace);

  for (let i = 0; i < 3; i += 1) await turn();

  expect(time.slept).toEqual([500, 500]);
});

test('a pause between calls is not made up for', async () => {
  const { time, pace } = clock();
  const turn = paced(2, pace);
  await turn();
  time.now += 10_000;

  await turn();
  await turn();

  expect(time.slept).toEqual([500]);
});

test('each attempt waits for its turn, and is sent as it is', async () => {
  const order: string[] = [];
  const send = atPace(async () => {
    order.push('turn');
  })(async ({ input }: { readonly input: object; readonly request: unknown }) => {
    order.push('call');
    return { output: input, response: null };
  });

  expect(await send({ input: { a: 1 }, request: null })).toEqual({
    ...{ output: { a: 1 }, response: null },
  });
  expect(order).toEqual(['turn', 'call']);
});
