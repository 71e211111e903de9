import { LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { beforeEach, describe, expect, test } from 'vitest';
import { changeHistory } from '#sandbox/cloudtrail/history-change.ts';
import { inProcess } from '../support/in-process.ts';

let account: ReturnType<typeof inProcess>;
beforeEach(() => {
  account = inProcess();
});

const minutesAgo = (minutes: number): string =>
  new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
const record = (eventID: string, minutes: number, rest: object = {}) => ({
  eventID,
  eventName: 'StopLogging',
  eventSource: 'cloudtrail.amazonaws.com',
  eventTime: minutesAgo(minutes),
  awsRegion: 'us-east-1',
  recipientAccountId: '111122223333',
  userIdentity: { type: 'IAMUser', userName: 'mallory' },
  ...rest,
});
const byName = (AttributeValue: string): LookupEventsCommandInput => ({
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }],
});

async function lookup(input: LookupEventsCommandInput) {
  const { cloudtrail } = account.clientsOf('mallory');
  const { Events = [], NextToken } = await cloudtrail.send(new LookupEventsCommand(input));
  return { ids: Events.map(({ EventId }) => EventId), NextToken };
}

describe('a page', () => {
  beforeEach(() => {
    const records = ['a', 'b', 'c', 'd', 'e'].map((id, i) => record(id, 50 - 10 * i));
    changeHistory(account.world, { records });
  });

  test('has the newest events by event time, and the next page continues from there', async () => {
    changeHistory(account.world, { records: [record('late', 25)] });

    const first = await lookup({ MaxResults: 3 });
    const second = await lookup({ MaxResults: 3, NextToken: first.NextToken });

    expect([first.ids, second.ids, second.NextToken]).toEqual([
      ['e', 'd', 'late'],
      ['c', 'b', 'a'],
      undefined,
    ]);
  });

  test('continues where the previous one ended, even if events were added', async () => {
    const { NextToken } = await lookup({ MaxResults: 2 });
    changeHistory(account.world, { records: [record('new', 0)] });

    expect(await lookup({ MaxResults: 2, NextToken })).toMatchObject({ ids: ['c', 'b'] });
  });

  test('can end between two events of the same second', async () => {
    const at = minutesAgo(90);
    const same = ['1', '2', '3'].map((id) => ({ ...record(id, 0), eventTime: at }));
    changeHistory(account.world, { records: same });
    const { NextToken } = await lookup({ MaxResults: 6 });

    expect(await lookup({ MaxResults: 6, NextToken })).toMatchObject({ ids: ['2', '1'] });
  });

  test('token is valid only for the same request', async () => {
    const { NextToken } = await lookup({ MaxResults: 2, ...byName('StopLogging') });
    const others = [
      {},
      byName('StartLogging'),
      { ...byName('StopLogging'), StartTime: new Date(0) },
    ];

    for (const other of others) {
      await expect(lookup({ MaxResults: 2, ...other, NextToken })).rejects.toMatchObject({
        name: 'InvalidNextTokenException',
      });
    }
    const elsewhere = account.clientsOf('222233334444').cloudtrail;
    const same = new LookupEventsCommand({ MaxResults: 2, ...byName('StopLogging'), NextToken });
    await expect(elsewhere.send(same)).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  });
});

test('event history drops events older than 90 days', async () => {
  const days = 24 * 60;
  changeHistory(account.world, { records: [record('old', 91 * days), record('kept', 89 * days)] });

  expect(await lookup({})).toMatchObject({ ids: ['kept'] });
});

test('event history can lag', async () => {
  changeHistory(account.world, { records: [record('just now', 1), record('older', 6)] });

  changeHistory(account.world, { lagMs: 5 * 60_000 });
  expect(await lookup({})).toMatchObject({ ids: ['older'] });

  changeHistory(account.world, { lagMs: 0 });
  expect(await lookup(byName('StopLogging'))).toMatchObject({ ids: ['just now', 'older'] });
});

test('recorded events can be made older', async () => {
  changeHistory(account.world, { records: [record('a', 1)] });
  changeHistory(account.world, { agedMs: 60 * 60_000 });

  const recent = { StartTime: new Date(Date.now() - 30 * 60_000) };
  expect(await lookup(recent)).toMatchObject({ ids: [] });
  expect(await lookup(byName('StopLogging'))).toMatchObject({ ids: ['a'] });
});
