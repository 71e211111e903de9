import { StartLoggingCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { ago, backfillsOf } from '../support/backfill.ts';

const account = testAccount();

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  const backfills = backfillsOf(account);
  await backfills.configure();
  await backfills.age(24 * 60);
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await backfills.age(90);
});

const backfill = (...args: string[]) => account.trailkeeper(['backfill', ...args]);

/** Two hours that ended an hour ago, and the stop within them. */
const closed = () => ['--from', ago(180), '--to', ago(60)];

describe('backfill', () => {
  test('waits for the report, prints it, and reports beside it how far it is', async () => {
    const { code, stdout, stderr } = await backfill(...closed());

    expect(code).toBe(2);
    expect(stdout).toMatch(/1 call\n +.*StopLogging in us-east-1 by mallory \(IAMUser\)/);
    expect(stdout).toContain('missing from the record');
    expect(stdout).toContain('recoverable: management events');
    expect(stdout).toContain('now: drifted');
    expect(stderr).toMatch(/^\d+ of \d+ lookups, \d+ calls? found: \w+/m);
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });
  });

  test('prints the report as JSON, and restores what is drifted where that is asked for', async () => {
    const args = ['org-trail', ...closed(), '--mode', 'enforce'];
    const refused = await backfill(...args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('add --yes');
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });

    const { code, stdout } = await backfill(...args, '--yes', '--json');

    expect(code).toBe(0);
    expect(answers.backfill.parse(JSON.parse(stdout))).toMatchObject({
      mode: 'enforce',
      trails: [
        {
          trail: account.trail,
          calls: [{ eventName: 'StopLogging' }],
          gaps: [{ kind: 'logging' }],
          now: { verdict: 'restored', applied: ['StartLogging'] },
        },
      ],
    });
    expect(await account.auditTrail()).toMatchObject({ IsLogging: true });
  });

  test('goes back as far as event history does, by how long ago that is', async () => {
    const { code, stdout } = await backfill('--from', '90d');

    expect(code).toBe(2);
    expect(stdout).toMatch(/StopLogging in us-east-1 by mallory/);
  });

  test('says how it is joined, by times that stay the same', async () => {
    const { stderr } = await backfill('--from', '2h');

    const [, again = ''] =
      /^To join this backfill later: npx --no -- trailkeeper (.*)$/m.exec(stderr) ?? [];
    expect(again).toMatch(/^backfill --from \S+:00Z --to \S+:00Z --mode observe$/);
    const [, , from = '', , to = ''] = again.split(' ');
    const joined = await account.trailkeeper([...again.split(' '), '--no-wait', '--json']);
    const key = [from, to].map((time) => time.replace('Z', '.000Z'));
    const report = [...key, 'observe', 'all'].join('/');
    expect(answers.backfill.parse(JSON.parse(joined.stdout))).toMatchObject({ report });
    expect((await states()).map(({ sk }) => sk)).toEqual([`${key.join('/')}/observe/all#state`]);
  });

  test('exits with 1 where a trail is not known to be in sync, and with 2 where one is known to have drifted', async () => {
    await account.outsider.send(new StartLoggingCommand({ Name: account.trail }));
    const denied = { operation: 'GetEventSelectors', error: 'AccessDeniedException', times: 99 };
    await account.fault({ service: 'cloudtrail', ...denied });
    const unknown = [await backfill(...closed()), await account.trailkeeper(['plan'])];
    expect(unknown.map(({ code }) => code)).toEqual([1, 1]);

    await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
    const both = [
      await backfill('--from', '1h'),
      await account.trailkeeper(['plan']),
      await account.trailkeeper(['backfill', ...closed()]),
    ];

    expect(both.map(({ code }) => code)).toEqual([2, 2, 2]);
  });

  test('does not wait if asked not to, and says how to', async () => {
    const window = closed();

    const { code, stdout, stderr } = await backfill(...window, '--no-wait');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, again = ''] = /To wait for it: npx --no -- trailkeeper (.*)$/m.exec(stdout) ?? [];
    expect(again.split(' ')).toEqual(['backfill', ...window, '--mode', 'observe']);
    expect((await account.trailkeeper(again.split(' '))).stdout).toContain('1 call');
  });

  test.each([
    [
      'a window that ends before it begins',
      () => ['--from', '1h', '--to', '3h'],
      'to: must be later',
    ],
    ['one that began too long ago', () => ['--from', '100d'], 'event history goes back 90 days'],
    ['no beginning', () => [], "'--from <time>' not specified"],
    ['a beginning that is no time', () => ['--from', 'monday'], 'It must be a time'],
    [
      'a trail that no one protects',
      () => ['moon', '--from', '2h'],
      'no protected trail has the name',
    ],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await backfill(...args());

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

/** How far each backfill is that the table knows. */
async function states(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'incident#backfill' },
    }),
  );
  return Items.filter(({ sk }) => String(sk).endsWith('#state'));
}
