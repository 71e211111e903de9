import { CreateTrailCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CreateLogGroupCommand, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { destinations } from '#drift/destinations.ts';
import type { Impact } from '#drift/impact.ts';
import { settings } from '#drift/settings.ts';
import { diff, type Json } from '#text/diff.ts';
import { parseTrailArn, type Trail } from '#trail/trail-arn.ts';
import { now } from '../support/baseline.ts';
import { inProcess } from '../support/in-process.ts';

type Clients = ReturnType<ReturnType<typeof inProcess>['clientsOf']>;
type Destinations = NonNullable<Awaited<ReturnType<typeof destinations.observe>>>;

const Bucket = 'org-trail-logs';
const owner = '222233334444';
const stranger = '444455556666';
const home = 'us-east-1';
const KeyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
const TopicArn = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';
const logGroupName = 'org-trail';
const well: Destinations = {
  BucketRegion: home,
  BucketOwner: owner,
  KeyState: 'Enabled',
  Topic: 'there',
  LogGroup: 'there',
};

describe('a capture', () => {
  test('looks up the owner by bucket name if another account owns it', async () => {
    const account = await withTrail();

    expect(await account.captured()).toStrictEqual({ ...well, BucketOwner: null });
    expect(await account.captured({ BucketOwner: owner })).toStrictEqual(well);
  });

  test('finds that the trail’s account owns the bucket', async () => {
    const account = await withTrail({ S3BucketName: 'our-logs' });

    expect(await account.captured()).toMatchObject({ BucketOwner: '111122223333' });
  });

  test('shows that another account than the given one owns the bucket', async () => {
    const account = await withTrail();

    expect(await account.observed({ BucketOwner: '333344445555' })).toStrictEqual({
      ...well,
      BucketOwner: 'another account',
    });
    expect(await account.captured({ BucketOwner: '333344445555' })).toMatchObject({
      BucketOwner: '333344445555',
    });
  });

  test('does not protect destinations that it cannot read', async () => {
    const account = await withTrail();
    for (const service of ['kms', 'sns', 'logs']) {
      account.disruptions.faults.push({
        service,
        operation: '*',
        error: service === 'sns' ? 'AuthorizationError' : 'AccessDeniedException',
        times: 1,
      });
    }

    expect(await account.captured()).toMatchObject({
      KeyState: null,
      Topic: null,
      LogGroup: null,
    });
  });

  test('does not protect destinations that an operator excluded', async () => {
    const account = await withTrail();

    expect(await account.captured({ KeyState: null, BucketRegion: null })).toMatchObject({
      BucketRegion: null,
      KeyState: null,
      Topic: 'there',
    });
  });

  test('of a broken destination requires it to work', async () => {
    const account = await withTrail();
    await account.owner.kmsIn(home).send(new DisableKeyCommand({ KeyId }));
    await account.owner.snsIn(home).send(new DeleteTopicCommand({ TopicArn }));
    await account.owner.logsIn(home).send(new DeleteLogGroupCommand({ logGroupName }));

    expect(await account.captured({ BucketOwner: owner })).toStrictEqual(well);
  });

  test('protects only destinations that the trail has', async () => {
    const account = await withTrail({
      KmsKeyId: undefined,
      SnsTopicName: undefined,
      CloudWatchLogsLogGroupArn: undefined,
      CloudWatchLogsRoleArn: undefined,
    });

    expect(await account.captured()).toStrictEqual({
      BucketRegion: home,
      BucketOwner: null,
      KeyState: null,
      Topic: null,
      LogGroup: null,
    });
  });

  test('of a missing trail has no destinations', async () => {
    const { clientsOf } = inProcess();
    const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/nowhere');

    expect(await destinations.observe(clientsOf('owner'), trail, now)).toBeNull();
  });
});

/** Attacks by an administrator on a trail's destinations, the drift that is observed, and its impact. */
const destinationAttacks: readonly (readonly [
  what: string,
  happens: (account: Account) => Promise<unknown>,
  seen: Partial<Destinations>,
  cost: Omit<Impact, 'description'> & { readonly description: readonly string[] },
])[] = [
  [
    'a deleted bucket',
    ({ archive }) => archive.s3In(home).send(new DeleteBucketCommand({ Bucket })),
    { BucketRegion: null },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['does not exist', 'create it again', 'before someone else'],
    },
  ],
  [
    'a bucket recreated by someone else',
    ({ archive, mallory }) => madeAgain(archive, mallory),
    { BucketOwner: 'not readable' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: [owner, 'another account', 's3:ListBucket'],
    },
  ],
  [
    'a bucket recreated by someone else, readable by everyone',
    async ({ archive, mallory }) => {
      await madeAgain(archive, mallory);
      await letIn(mallory);
    },
    { BucketOwner: 'another account' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: [owner, 'someone else', 'your own bucket', '--reason'],
    },
  ],
  [
    'a bucket recreated in another Region',
    async ({ archive }) => {
      await madeAgain(archive, archive, 'eu-central-1');
      await letIn(archive, 'eu-central-1');
    },
    { BucketRegion: 'eu-central-1' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['eu-central-1', home, 'do not move'],
    },
  ],
  [
    'a bucket that trailkeeper can no longer check',
    ({ archive }) => archive.s3In(home).send(new DeleteBucketPolicyCommand({ Bucket })),
    { BucketOwner: 'not readable' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['no longer lets trailkeeper check'],
    },
  ],
  [
    'a disabled key',
    ({ owner }) => owner.kmsIn(home).send(new DisableKeyCommand({ KeyId })),
    { KeyState: 'Disabled' },
    { severity: 'high', losesCoverage: false, description: ['disabled', '30 days', 'enable it'] },
  ],
  [
    'a key pending deletion',
    ({ owner }) => owner.kmsIn(home).send(new ScheduleKeyDeletionCommand({ KeyId })),
    { KeyState: 'PendingDeletion' },
    {
      severity: 'critical',
      losesCoverage: false,
      description: ['Cancel the deletion', 'enable the key'],
    },
  ],
  [
    'a key whose deletion was cancelled',
    async ({ owner }) => {
      await owner.kmsIn(home).send(new ScheduleKeyDeletionCommand({ KeyId }));
      await owner.kmsIn(home).send(new CancelKeyDeletionCommand({ KeyId }));
    },
    { KeyState: 'Disabled' },
    { severity: 'high', losesCoverage: false, description: ['enable it'] },
  ],
  [
    'a deleted key',
    async ({ world }) => world.keys.clear(),
    { KeyState: 'gone' },
    { severity: 'critical', losesCoverage: true, description: ['no one can read', 'another key'] },
  ],
  [
    'a deleted topic',
    ({ owner }) => owner.snsIn(home).send(new DeleteTopicCommand({ TopicArn })),
    { Topic: 'gone' },
    {
      severity: 'medium',
      losesCoverage: false,
      description: ['topic', 'create it again', 'subscriptions'],
    },
  ],
  [
    'a deleted log group, while one with the same beginning exists',
    async ({ owner }) => {
      const logs = owner.logsIn(home);
      await logs.send(new CreateLogGroupCommand({ logGroupName: `${logGroupName}-2` }));
      await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    },
    { LogGroup: 'gone' },
    {
      severity: 'high',
      losesCoverage: false,
      description: ['log group', 'create it again', 'live monitoring'],
    },
  ],
  ...(
    [
      ['kms', 'AccessDeniedException', 'KeyState', 'kms:DescribeKey', 'medium'],
      ['sns', 'AuthorizationError', 'Topic', 'sns:GetTopicAttributes', 'low'],
      ['logs', 'AccessDeniedException', 'LogGroup', 'logs:DescribeLogGroups', 'low'],
    ] as const
  ).map(
    ([service, error, field, action, severity]) =>
      [
        `what ${action} was allowed on`,
        async ({ disruptions }: Account) =>
          disruptions.faults.push({ service, operation: '*', error, times: 1 }),
        { [field]: 'not readable' },
        {
          severity,
          losesCoverage: false,
          description: ['may not exist', action, `destinations.${field}`],
        },
      ] as const,
  ),
];

describe('the destinations of a protected trail', () => {
  test('are in sync after capture, even if the trail changed', async () => {
    const account = await withTrail();
    const desired = await account.desired();
    await account.perform.cloudtrail.DeleteTrail({ Name: 'org-trail' });

    expect(await account.look(desired)).toStrictEqual(well);
  });

  test.each(destinationAttacks)('show only this drift: %s', async (_what, happens, seen) => {
    const account = await withTrail();
    const desired = await account.desired();

    await happens(account);

    expect(await account.look(desired)).toStrictEqual({ ...well, ...seen });
  });

  test.each(destinationAttacks)('report the impact and what to do: %s', (_what, _, seen, cost) => {
    const actual = { ...well, ...seen };
    const [change, ...others] = diff(well as Json, actual as Json);
    if (change === undefined || others.length > 0) throw new Error('not one thing has changed');

    const { description, ...impact } = destinations.impact(change, well, actual);

    expect(impact).toStrictEqual({ severity: cost.severity, losesCoverage: cost.losesCoverage });
    for (const one of cost.description) expect(description).toContain(one);
  });

  test('do not include those that an attacker configured', async () => {
    const account = await withTrail();
    const desired = await account.desired();
    const patch = { S3BucketName: 'attacker-bucket', SnsTopicName: 'attackers-topic' };
    await account.mallory.cloudtrail.send(
      new UpdateTrailCommand({ Name: account.trail.arn, KmsKeyId: '', ...patch }),
    );
    const start = account.calls.length;

    expect(await account.look(desired)).toStrictEqual(well);
    expect(JSON.stringify(account.calls.slice(start))).not.toContain('attacker');
  });

  test('are not read if they are not protected', async () => {
    const account = await withTrail();
    const { settings: named } = await account.desired();
    const none = { KeyState: null, Topic: null, LogGroup: null };
    const start = account.calls.length;

    expect(
      await account.look({ settings: named, destinations: { ...well, ...none } }),
    ).toStrictEqual({
      ...well,
      ...none,
    });
    const services = account.calls.slice(start).map(({ service }) => service);
    expect(services).toStrictEqual(['s3']);
  });

  test('show that a bucket is missing even if its owner is unknown', async () => {
    const account = await withTrail();
    const { settings: named } = await account.desired();
    const desired = { settings: named, destinations: { ...well, BucketOwner: null } };
    await account.archive.s3In(home).send(new DeleteBucketCommand({ Bucket }));

    expect(await account.look(desired)).toStrictEqual({
      ...well,
      BucketOwner: null,
      BucketRegion: null,
    });
  });

  test('name the owner of a missing bucket if nothing else is known', async () => {
    const account = await withTrail();
    const { settings: named } = await account.desired();
    const desired = { settings: named, destinations: { ...well, BucketRegion: null } };
    await account.archive.s3In(home).send(new DeleteBucketCommand({ Bucket }));

    const actual = await account.look(desired);

    expect(actual).toStrictEqual({ ...well, BucketRegion: null, BucketOwner: 'gone' });
    const change = { path: 'BucketOwner', desired: owner, actual: 'gone' };
    expect(destinations.impact(change, well, well).description).toContain('create it again');
  });

  test.each([
    ['s3', 'InternalFailure', 'HeadBucket returned status 500'],
    ['kms', 'ThrottlingException', ''],
    ['sns', 'InternalFailure', ''],
    ['logs', 'ThrottlingException', ''],
  ])('are unknown while %s returns %s', async (service, error, description) => {
    const account = await withTrail();
    const desired = await account.desired();
    account.disruptions.faults.push({ service, operation: '*', error, times: 1 });

    await expect(account.look(desired)).rejects.toThrow(description);
  });

  test('show a key in an unknown state as unusable', async () => {
    const change = { path: 'KeyState', desired: 'Enabled', actual: 'Unavailable' };

    const { description, ...impact } = destinations.impact(change, well, well);

    expect(impact).toStrictEqual({ severity: 'high', losesCoverage: false });
    expect(description).toContain('it is Unavailable');
  });

  test('show a key as enabled while another Region becomes its primary one', async () => {
    const account = await withTrail();
    const desired = await account.desired();
    const [[arn, key] = []] = account.world.keys;
    if (arn === undefined || key === undefined) throw new Error('there is no key');
    account.world.keys.set(arn, { ...key, state: 'Updating' as never });

    expect(await account.look(desired)).toStrictEqual(well);
  });

  test('are unknown if the key policy no longer allows a role of its account', async () => {
    const account = await withTrail();
    const desired = await account.desired();
    account.world.roles.set('arn:aws:iam::111122223333:role/OrganizationAccountAccessRole', {
      policies: new Map([['all', allowAll]]),
      attached: [],
      boundary: null,
      trust: {},
    });
    const asRole = () =>
      destinations.observe(account.clientsOf('role-x'), account.trail, now, desired);
    const before = await asRole();
    await account.owner
      .kmsIn(home)
      .send(new PutKeyPolicyCommand({ KeyId, Policy: '{"Statement":[]}' }));

    expect([before, await asRole()]).toStrictEqual([well, { ...well, KeyState: 'not readable' }]);
  });
});

describe('a baseline', () => {
  test.each([
    [{ BucketRegion: 'Frankfurt' }, 'must be the Region of the bucket, or null'],
    [{ BucketOwner: 'security' }, 'must be the id of the account that owns the bucket, or null'],
    [{ KeyState: 'Disabled' }, 'must be Enabled, or null'],
    [{ Topic: 'gone' }, 'must be there, or null'],
    [{ LogGroup: true }, 'must be there, or null'],
  ])('cannot require %j', (bad, message) => {
    for (const schema of [destinations.state, destinations.fileFormat?.schema]) {
      const { error } = schema?.safeParse({ ...well, ...bad }) ?? {};

      expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
    }
  });

  test('file can omit fields', async () => {
    const written = { BucketOwner: owner };

    expect(destinations.fileFormat?.schema.safeParse(written).success).toBe(true);
    expect(
      await destinations.fileFormat?.resolve(written, {} as Trail, async (keyId) => keyId),
    ).toStrictEqual(written);
    expect(destinations.fileFormat?.schema.safeParse({ Owner: owner }).success).toBe(false);
  });
});

const allowAll = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

type Account = Awaited<ReturnType<typeof withTrail>>;

/** A trail with all kinds of destinations, observed by an auditor of its account. */
async function withTrail(input: object = {}) {
  const account = inProcess();
  const { clientsOf } = account;
  const clients = {
    auditor: clientsOf('auditor'),
    owner: clientsOf('owner'),
    archive: clientsOf(owner),
    mallory: clientsOf(stranger),
  };
  const ours = { owner: '111122223333', region: home };
  account.world.buckets.set('our-logs', { ...ours, policy: policyOf('our-logs') });
  const { TrailARN = '' } = await clients.owner.cloudtrail.send(
    new CreateTrailCommand({
      Name: 'org-trail',
      S3BucketName: Bucket,
      KmsKeyId: 'alias/org-trail',
      SnsTopicName: 'org-trail-delivered',
      CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:111122223333:log-group:${logGroupName}:*`,
      CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs',
      ...input,
    }),
  );
  const trail = parseTrailArn(TrailARN);
  return {
    ...account,
    ...clients,
    mallory: { ...clients.mallory, cloudtrail: clientsOf('mallory').cloudtrail },
    trail,
    async desired() {
      const named = await settings.observe(clients.auditor, trail, now);
      return { settings: named ?? {}, destinations: well };
    },
    look: (desired: Readonly<Record<string, object>>) =>
      destinations.observe(clients.auditor, trail, now, desired),
    observed,
    async captured(written: object = {}) {
      return destinations.toBaseline?.({
        ...(await observed(written)),
        ...written,
      } as Destinations);
    },
  };

  function observed(written: object) {
    return destinations.observe(clients.auditor, trail, now, { destinations: written });
  }
}

async function madeAgain(before: Clients, after: Clients, region = home): Promise<void> {
  await before.s3In(home).send(new DeleteBucketCommand({ Bucket }));
  await after.s3In(region).send(new CreateBucketCommand({ Bucket }));
}

const letIn = (aws: Clients, region = home) =>
  aws.s3In(region).send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(Bucket) }));

function policyOf(bucket: string): string {
  const Resource = `arn:aws:s3:::${bucket}`;
  const look = { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource };
  const write = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['s3:GetBucketAcl', 's3:PutObject'],
    Resource: [Resource, `${Resource}/*`],
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [look, write] });
}
