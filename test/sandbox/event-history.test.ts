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

  test('is of the newest, whenever event history heard of them, and the next one goes on from there', async () => {
    changeHistory(account.world, { records: [record('late', 25)] });

    const first = await lookup({ MaxResults: 3 });
    const second = await lookup({ MaxResults: 3, NextToken: first.NextToken });

    expect([first.ids, second.ids, second.NextToken]).toEqual([
      ['e', 'd', 'late'],
      ['c', 'b', 'a'],
      undefined,
    ]);
  });

  test('goes on where the one before it ended, whatever happened meanwhile', async () => {
    const { NextToken } = await lookup({ MaxResults: 2 });
    changeHistory(account.world, { records: [record('new', 0)] });

    expect(await lookup({ MaxResults: 2, NextToken })).toMatchObject({ ids: ['c', 'b'] });
  });

  test('of events of one second is cut between two of them', async () => {
    const at = minutesAgo(90);
    const same = ['1', '2', '3'].map((id) => ({ ...record(id, 0), eventTime: at }));
    changeHistory(account.world, { records: same });
    const { NextToken } = await lookup({ MaxResults: 6 });

    expect(await lookup({ MaxResults: 6, NextToken })).toMatchObject({ ids: ['2', '1'] });
  });

  test('is for the call alone that its token was given for', async () => {
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

test('event history forgets what was called more than 90 days ago', async () => {
  const days = 24 * 60;
  changeHistory(account.world, { records: [record('old', 91 * days), record('kept', 89 * days)] });

  expect(await lookup({})).toMatchObject({ ids: ['kept'] });
});

test('event history may lag, and hears of it then', async () => {
  changeHistory(account.world, { records: [record('just now', 1), record('older', 6)] });

  changeHistory(account.world, { lagMs: 5 * 60_000 });
  expect(await lookup({})).toMatchObject({ ids: ['older'] });

  changeHistory(account.world, { lagMs: 0 });
  expect(await lookup(byName('StopLogging'))).toMatchObject({ ids: ['just now', 'older'] });
});

test('what was recorded can be made older than it is', async () => {
  changeHistory(account.world, { records: [record('a', 1)] });
  changeHistory(account.world, { agedMs: 60 * 60_000 });

  const recent = { StartTime: new Date(Date.now() - 30 * 60_000) };
  expect(await lookup(recent)).toMatchObject({ ids: [] });
  expect(await lookup(byName('StopLogging'))).toMatchObject({ ids: ['a'] });
});
