import {
  AddTagsCommand,
  DeleteTrailCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Baseline } from '#baseline/baseline.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { type Account, ownAccount, startAccount } from '../support/account.ts';

// A trail that was captured while trailkeeper only observed, and drifted before it began to enforce.

let account: Account;
let trail: TrailArn;
let asCaptured: readonly string[];

beforeAll(async () => {
  account = await startAccount();
  trail = parseTrailArn(account.trail).arn;
  asCaptured = await owners();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
  await capturedWhileObserving();
  await standingDrift();
});
afterAll(() => account.stop());

describe('drift that stood there before', () => {
  test('is left alone by every sweep, and told with the commands that decide', async () => {
    account.deliver({ drop: false });
    const start = account.calls.length;

    await account.swept();
    await account.swept();
    await account.settled();

    expect(account.writesSince(start)).toEqual([]);
    expect(await owners()).toEqual([...asCaptured, 'stood-there']);
    const told = JSON.stringify(await account.slack());
    expect(told).toContain('npx trailkeeper restore org-trail');
    expect(told).toContain('npx trailkeeper capture org-trail');
    expect(told).toContain('before trailkeeper first enforced');
  });

  test('keeps nobody from restoring what is done to another part of the trail', async () => {
    await account.swept();
    await attack();

    await account.swept();

    expect(await bucket()).toBe('org-trail-logs');
    expect(await owners()).toContain('stood-there');
  });

  test('keeps nobody from restoring what is done to another field of the same kind', async () => {
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'stood' }));
    await account.swept();
    expect(await prefix()).toBe('stood');
    await attack();

    await account.swept();

    expect(await bucket()).toBe('org-trail-logs');
  });

  test('does not keep logging from being started that was stopped since', async () => {
    await account.outsider.send(new StopLoggingCommand({ Name: trail }));

    await account.swept();

    expect(await isLogging()).toBe(true);
    expect(await owners()).toContain('stood-there');
  });

  test('does not come back with a trail that was deleted', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: trail }));

    await account.swept();

    expect(await isLogging()).toBe(true);
    expect(await owners()).toEqual(asCaptured);
  });

  test('is put back by a person, and what is done after that by trailkeeper', async () => {
    await account.swept();

    const { stdout, code } = await account.trailkeeper(['restore', '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('not armed');
    expect(stdout).toContain('armed org-trail (us-east-1), version 3');
    expect(await owners()).toEqual(asCaptured);
    await tag('mallory');
    account.recycle();
    await account.swept();
    expect(await owners()).toEqual(asCaptured);
  });

  test('is accepted by a person, and what is done after that is restored', async () => {
    await account.trailkeeper(['capture', '--reason', 'it is meant to be so', '--yes']);
    await tag('mallory');

    await account.swept();

    expect(await owners()).toEqual([...asCaptured, 'stood-there']);
  });

  test('is gone by itself when somebody undoes it: from then on it is an attack', async () => {
    await account.swept();
    await account.trailkeeper(['plan']);
    await untag('stood-there');
    await account.swept();
    await tag('mallory');

    await account.swept();

    expect(await owners()).toEqual(asCaptured);
  });
});

describe('a version that a colleague stores while somebody restores', () => {
  test.each([
    ['a baseline', async () => void (await capturedWhileObserving())],
    ['a retirement', async () => void (await account.trailkeeper(['retire', ...because]))],
  ])('is not signed over: %s', async (_, store) => {
    const fault = { service: 'cloudtrail', operation: 'RemoveTags', error: 'ThrottlingException' };
    await account.fault({ ...fault, times: 4 });
    const start = account.calls.length;
    // A process of its own: within the test's process one command waits for the other.
    const restoring = account.run('cli/trailkeeper.ts', ['restore', '--yes']);
    await vi.waitFor(() => expect(account.calls.slice(start).map(called)).toContain('RemoveTags'), {
      timeout: 20_000,
      interval: 20,
    });
    await store();

    const { stdout } = await restoring;

    await account.clearFaults();
    expect(stdout).toContain('version 2 is no longer in force');
    expect(await account.row({ pk: trail, sk: 'baseline#000003' })).toBeDefined();
    expect(await account.row({ pk: trail, sk: 'baseline#000004' })).toBeUndefined();
  });
});

describe('that a trail is not armed', () => {
  test('is told by plan, list, show and doctor, with what decides', async () => {
    await account.swept();

    const [plan, list, show, doctor] = await Promise.all(
      ['plan', 'list', 'show', 'doctor'].map((command) => account.trailkeeper([command])),
    );

    expect(plan?.stdout).toContain('before trailkeeper first enforced this version');
    expect(list?.stdout).toMatch(/not armed: tags$/m);
    expect(show?.stdout).toContain('not armed tags');
    expect(doctor?.stdout).toContain('is not armed: tags');
    expect(doctor?.stdout).toContain(`npx trailkeeper restore ${trail}`);
  });
});

describe('what says what is armed', () => {
  test('is written once', async () => {
    await account.swept();
    const start = account.calls.length;

    await account.swept();

    expect(gateCalls(start, 'PutItem')).toBe(0);
  });

  test('is put back when it is deleted, and its deletion is told', async () => {
    await account.swept();
    const before = await gateRow();
    account.deliver({ dropStreams: false });
    await account.table.send(
      new DeleteCommand({
        TableName: account.tableName,
        Key: { pk: 'incident#gate', sk: trail },
      }),
    );
    await attack();

    await account.swept();
    await account.settled();

    expect(await bucket()).toBe('org-trail-logs');
    expect(await gateRow()).toEqual(before);
    const faults = (await account.tamperings()).flatMap((one) => one.faults);
    expect(faults).toContainEqual(expect.stringMatching(/what of org-trail.*is armed was deleted/));
  });

  test('is told when somebody has it say a version that nobody has signed', async () => {
    await account.swept();
    account.deliver({ dropStreams: false });
    const armed = JSON.stringify({ version: 999, kinds: [] });
    const Item = { pk: 'incident#gate', sk: trail, armed };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await account.settled();

    const faults = (await account.tamperings()).flatMap((one) => one.faults);
    expect(faults).toContainEqual(expect.stringMatching(/to version 999, which nobody has signed/));
  });

  test('is told when somebody takes a kind out of it, or has it say nothing', async () => {
    await account.swept();
    account.deliver({ dropStreams: false });
    for (const armed of [JSON.stringify({ version: 2, kinds: ['tags'] }), 'nothing', 1]) {
      const Item = { pk: 'incident#gate', sk: trail, armed };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    }
    await attack();
    await account.swept();
    await account.settled();

    expect(await bucket()).toBe('org-trail-logs');
    const faults = (await account.tamperings()).flatMap((one) => one.faults);
    expect(faults).toContainEqual(expect.stringMatching(/no longer says .*settings/));
    expect(faults).toContainEqual(expect.stringContaining('says nothing that can be used'));
  });

  test('holds for another process, too', async () => {
    await account.swept();
    await account.restartFunctions();
    await attack();

    await account.swept();

    expect(await bucket()).toBe('org-trail-logs');
    expect(await owners()).toContain('stood-there');
  });

  test('is not needed where it can not be read: what was signed is restored', async () => {
    const own = await ownAccount();
    await capturedWhileObserving(own);
    await standingDrift(own);
    await own.fault({
      service: 'dynamodb',
      operation: 'GetItem',
      error: 'InternalServerError',
      times: 999,
    });
    await own.sweep();
    await own.clearFaults();
    await own.sweep();

    expect(await owners(own)).toEqual(asCaptured);
  });

  test('is not asked where the version in force is signed as armed', async () => {
    await account.trailkeeper(['restore', '--yes']);
    const start = account.calls.length;

    await account.swept();

    expect(gateCalls(start)).toBe(0);
  });
});

describe('a version is signed as armed', () => {
  test('where it is captured in sync, and trailkeeper enforces', async () => {
    expect((await version(1)).armed).toBe(true);
  });

  test('where it is captured again in sync, with a reason', async () => {
    await untag('stood-there');
    await account.trailkeeper(['capture', trail, '--reason', 'armed', '--yes']);

    expect((await version(3)).armed).toBe(true);
  });

  test('not where trailkeeper only observes', async () => {
    const observing = await ownAccount({ mode: 'observe' });

    expect((await version(1, observing)).armed).toBe(false);
  });

  test('not where the live trail differs', async () => {
    await account.trailkeeper(['capture', '--reason', 'for a while', '--yes']);
    expect((await version(3)).armed).toBe(true);
    await account.trailkeeper(['rollback', '1', '--reason', 'as it was', '--yes']);

    expect((await version(4)).armed).toBe(false);
    await account.swept();
    expect(await owners()).toContain('stood-there');
  });
});

/** The version in force, as `capture` stores it in mode observe: it says nothing of whether the trail is armed. */
async function capturedWhileObserving(of: Account = account): Promise<void> {
  const store = of.baselines();
  const known = await store.find(parseTrailArn(of.trail).arn);
  if (known === null || !('baseline' in known)) throw new Error('the trail is not guarded');
  const { version: _, previous: __, ...content } = known.baseline;
  await store.add({ ...content, armed: false }, known);
}

async function standingDrift(of: Account = account): Promise<void> {
  await tag('stood-there', of);
}

const because = ['--reason', 'meanwhile', '--yes'];

const called = ({ operation }: Account['calls'][number]): string => operation;

const attack = () =>
  account.outsider.send(new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }));

async function tag(Key: string, { outsider, trail: ResourceId }: Account = account) {
  await outsider.send(new AddTagsCommand({ ResourceId, TagsList: [{ Key, Value: 'yes' }] }));
}

async function untag(Key: string) {
  await account.outsider.send(
    new RemoveTagsCommand({ ResourceId: trail, TagsList: [{ Key, Value: 'yes' }] }),
  );
}

/** The keys of the trail's tags. */
async function owners({ outsider, trail: arn }: Account = account): Promise<readonly string[]> {
  const { ResourceTagList: [found] = [] } = await outsider.send(
    new ListTagsCommand({ ResourceIdList: [arn] }),
  );
  return (found?.TagsList ?? []).map(({ Key = '' }) => Key).toSorted();
}

const bucket = async () =>
  (await account.outsider.send(new GetTrailCommand({ Name: trail }))).Trail?.S3BucketName;

const prefix = async () =>
  (await account.outsider.send(new GetTrailCommand({ Name: trail }))).Trail?.S3KeyPrefix;

const isLogging = async () =>
  (await account.outsider.send(new GetTrailStatusCommand({ Name: trail }))).IsLogging;

/** The calls about the row that says what is armed, of all that the functions made since. */
const gateCalls = (start: number, operation?: string): number =>
  account.calls
    .slice(start)
    .filter((call) => call.service === 'dynamodb' && JSON.stringify(call.input).includes('#gate'))
    .filter((call) => operation === undefined || call.operation === operation).length;

const gateRow = () => account.row({ pk: 'incident#gate', sk: trail });

async function version(number: number, of: Account = account): Promise<Baseline> {
  const row = await of.row({ pk: of.trail, sk: `baseline#00000${number}` });
  return JSON.parse(String(row?.document));
}
