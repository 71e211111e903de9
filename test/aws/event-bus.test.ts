import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type EventBus, eventBus } from '#aws/event-bus.ts';

// A bus that accepts only some entries of a call. EventBridge then returns success.

type Entry = { readonly DetailType: string; readonly Detail: string };

let taken: number[];
/** The number of times that each entry is still refused. */
let refusals: Map<number, number>;
let calls: number;
let bus: EventBus;

const server = createServer(async (request, response) => {
  const { Entries } = (await json(request)) as { readonly Entries: readonly Entry[] };
  calls += 1;
  expect(Entries.length).toBeLessThanOrEqual(10);
  const answers = Entries.map(({ Detail }) => {
    const { number } = JSON.parse(Detail);
    const left = refusals.get(number) ?? 0;
    refusals.set(number, left - 1);
    if (left > 0) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'too much' };
    taken.push(number);
    return { EventId: String(number) };
  });
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify({ Entries: answers, FailedEntryCount: 0 }));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  bus = eventBus('trailkeeper');
});
beforeEach(() => {
  taken = [];
  refusals = new Map();
  calls = 0;
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const events = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    event: 'Trail Restored' as const,
    detail: { number },
  }));

test('only refused entries are sent again', async () => {
  refusals.set(1, 1);

  expect(await bus.put(events(3))).toEqual(new Map());
  expect(taken).toEqual([0, 2, 1]);
});

test('an entry that stays refused is named, and the others are sent', async () => {
  refusals.set(12, 1000);

  const refused = await bus.put(events(23));

  expect([...refused.keys()]).toEqual([12]);
  expect(refused.get(12)?.message).toContain('Trail Restored was not put on trailkeeper');
  expect(taken.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 23 }, (_, number) => number).filter((number) => number !== 12),
  );
});

test('an empty list makes no call', async () => {
  expect(await bus.put([])).toEqual(new Map());
  expect(calls).toBe(0);
});
