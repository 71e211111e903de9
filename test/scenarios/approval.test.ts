import { GetTrailCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Policy } from '#baseline/policy.ts';
import { parseStatus, type TrailStatus } from '#incident/trail-status.ts';
import { messageText } from '#sandbox/slack/message-text.ts';
import { later } from '#text/time.ts';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { teamTag } from '../support/team-tag.ts';

const account = testAccount({ mode: 'enforce' });

beforeEach(async () => {
  await account.reset();
  account.deliver({ ...account.perfectDelivery, drop: false, dropStreams: false });
  await treat({ tags: 'approve', settings: 'approve' });
});

const treat = (policy: Policy): Promise<void> => captureWith(account, policy);

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await account.trailkeeper(args);
  if (code === 1) throw new Error(stderr);
  return stdout;
}

const tag = (value: string) => teamTag(account).set(value);
const tags = () => teamTag(account).list();

const bucket = async () =>
  (await account.outsider.send(new GetTrailCommand({ Name: account.trail }))).Trail?.S3BucketName;

const status = async () =>
  parseStatus((await account.row({ pk: `incident#${account.trail}`, sk: 'status' }))?.status);

/** The deadline of everything that waits is over. */
async function deadlinePasses(): Promise<void> {
  const row = await account.row({ pk: `incident#${account.trail}`, sk: 'status' });
  const before: TrailStatus = parseStatus(row?.status);
  const approvals = before.open?.approvals.map((one) => ({
    ...one,
    until: later(one.requestedAt, { minutes: -1 }),
  }));
  const changed = { ...before, open: { ...before.open, approvals } };
  const Item = { ...row, status: JSON.stringify(changed) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
}

const thread = async () => (await account.slack()).map((one) => messageText(one).join('\n'));

describe('drift that waits for approval', () => {
  test('is left as it is, and people are asked until when', async () => {
    await tag('theirs');
    await account.swept();

    expect(await tags()).toHaveLength(1);
    expect(await account.incidents()).toMatchObject([
      { state: 'awaiting-approval', approvals: [{ changes: [{ path: 'TagsList' }] }] },
    ]);
    const message = (await thread()).at(-1);
    expect(message).toMatch(/org-trail has drifted; its restore waits for approval/);
    expect(message).toMatch(/npx --no -- trailkeeper approve \w+/);
    expect(await cli('plan', 'org-trail')).toMatch(
      /needs approval[\s\S]*approval tags\.TagsList: waits for a decision until/,
    );
  });

  test('is restored by the sweep after someone approved it, and the thread says who', async () => {
    await tag('theirs');

    const approved = await cli('approve', '--reason', 'not ours', '--yes', '--json');
    expect(answers.approve.parse(JSON.parse(approved)).decided).toHaveLength(1);
    await account.swept();
    await account.settled();

    expect(await tags()).toEqual([]);
    expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
    expect((await thread()).join('\n')).toMatch(
      /tags\.TagsList: approved by alice at .* \(command line\): not ours/,
    );
  });

  test('waits again if it comes back after it was restored', async () => {
    await tag('theirs');
    await cli('approve', '--yes');
    await account.swept();
    await tag('theirs');
    await account.swept();

    expect(await tags()).toHaveLength(1);
  });

  test('stays if someone rejects its restore, until it changes', async () => {
    await tag('theirs');
    const rejected = await cli('reject', 'org-trail', '--yes', '--json');
    expect(answers.reject.parse(JSON.parse(rejected)).decided).toHaveLength(1);
    await account.swept();
    expect(await account.incidents()).toMatchObject([{ state: 'drifted' }]);

    await tag('other');

    expect(await account.incidents()).toMatchObject([{ state: 'awaiting-approval' }]);
  });

  test('is restored once the deadline is over', async () => {
    await tag('theirs');
    await deadlinePasses();
    await account.swept();
    await account.settled();

    expect(await tags()).toEqual([]);
    expect((await thread()).join('\n')).toMatch(/no decision until .*: it is restored/);
  });

  test('is restored by restore, which approves it', async () => {
    await tag('theirs');

    await cli('restore', 'org-trail', '--yes');

    expect(await tags()).toEqual([]);
  });

  test('takes the decision of the first of two people', async () => {
    await tag('theirs');
    await cli('approve', '--yes');

    const second = await account.trailkeeper(['reject', '--yes']);

    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain('no incident waits for a decision');
    expect((await status()).open?.approvals).toMatchObject([
      { decision: { treatment: 'restore' } },
    ]);
  });
});

describe('drift that loses events', () => {
  const redirect = async () => {
    const S3BucketName = 'attacker-bucket';
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3BucketName }));
    await account.settled();
  };

  test('does not wait with the policy approve', async () => {
    await redirect();

    expect(await bucket()).toBe('org-trail-logs');
  });

  test('waits with the policy approve-coverage-loss, and the alert says what is lost', async () => {
    await treat({ settings: 'approve-coverage-loss' });
    await redirect();

    expect(await bucket()).toBe('attacker-bucket');
    expect((await thread()).at(-1)).toMatch(/Events are being lost/);
    await deadlinePasses();
    await account.swept();
    expect(await bucket()).toBe('org-trail-logs');
  });
});
