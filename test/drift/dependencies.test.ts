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
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { bucket } from '#drift/dependencies/bucket.ts';
import type { Impact } from '#drift/impact.ts';
import { kinds } from '#drift/index.ts';
import { settings } from '#drift/settings.ts';
import { type Change, diff, type Json } from '#text/diff.ts';
import { parseTrailArn, type Trail } from '#trail/trail-arn.ts';
import { baseline, now } from '../support/baseline.ts';
import { inProcess } from '../support/in-process.ts';

type Clients = ReturnType<ReturnType<typeof inProcess>['clientsOf']>;
/** States by kind and field, as `bucket.Region`. */
type Flat = Readonly<Record<string, unknown>>;

const Bucket = 'org-trail-logs';
const owner = '222233334444';
const stranger = '444455556666';
const home = 'us-east-1';
const KeyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
const TopicArn = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';
const logGroupName = 'org-trail';
const well: Flat = {
  'bucket.Region': home,
  'bucket.Owner': owner,
  'key.KeyState': 'Enabled',
  'topic.Existence': 'there',
  'log-group.Existence': 'there',
};

describe('a capture', () => {
  test('looks up the owner by bucket name if another account owns it', async () => {
    const account = await withTrail();

    expect(await account.captured()).toStrictEqual({ ...well, 'bucket.Owner': null });
    expect(await account.captured({ 'bucket.Owner': owner })).toStrictEqual(well);
  });

  test('finds that the trail’s account owns the bucket', async () => {
    const account = await withTrail({ S3BucketName: 'our-logs' });

    expect(await account.captured()).toMatchObject({ 'bucket.Owner': '111122223333' });
  });

  test('shows that another account than the given one owns the bucket', async () => {
    const account = await withTrail();

    expect(await account.observed({ 'bucket.Owner': '333344445555' })).toStrictEqual({
      ...well,
      'bucket.Owner': 'another account',
    });
    expect(await account.captured({ 'bucket.Owner': '333344445555' })).toMatchObject({
      'bucket.Owner': '333344445555',
    });
  });

  test('does not protect dependencies that it cannot read', async () => {
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
      'key.KeyState': null,
      'topic.Existence': null,
      'log-group.Existence': null,
    });
  });

  test('does not protect dependencies that an operator excluded', async () => {
    const account = await withTrail();

    expect(await account.captured({ 'key.KeyState': null, 'bucket.Region': null })).toMatchObject({
      'bucket.Region': null,
      'key.KeyState': null,
      'topic.Existence': 'there',
    });
  });

  test('of a broken destination requires it to work', async () => {
    const account = await withTrail();
    await account.owner.kmsIn(home).send(new DisableKeyCommand({ KeyId }));
    await account.owner.snsIn(home).send(new DeleteTopicCommand({ TopicArn }));
    await account.owner.logsIn(home).send(new DeleteLogGroupCommand({ logGroupName }));

    expect(await account.captured({ 'bucket.Owner': owner })).toStrictEqual(well);
  });

  test('protects only dependencies that the trail has', async () => {
    const account = await withTrail({
      KmsKeyId: undefined,
      SnsTopicName: undefined,
      CloudWatchLogsLogGroupArn: undefined,
      CloudWatchLogsRoleArn: undefined,
    });

    expect(await account.captured()).toStrictEqual({
      'bucket.Region': home,
      'bucket.Owner': null,
      'key.KeyState': null,
      'topic.Existence': null,
      'log-group.Existence': null,
    });
  });

  test('of a missing trail has no dependencies', async () => {
    const { clientsOf } = inProcess();
    const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/nowhere');

    expect(await observeAll(clientsOf('owner'), trail)).toBeNull();
  });
});

/** Attacks by an administrator on a trail's dependencies, the drift that is observed, and its impact. */
const attacks: readonly (readonly [
  what: string,
  happens: (account: Account) => Promise<unknown>,
  seen: Partial<Flat>,
  cost: Omit<Impact, 'description'> & { readonly description: readonly string[] },
])[] = [
  [
    'a deleted bucket',
    ({ archive }) => archive.s3In(home).send(new DeleteBucketCommand({ Bucket })),
    { 'bucket.Region': null },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['does not exist', 'create it again', 'before someone else'],
    },
  ],
  [
    'a bucket recreated by someone else',
    ({ archive, mallory }) => madeAgain(archive, mallory),
    { 'bucket.Owner': 'not readable' },
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
    { 'bucket.Owner': 'another account' },
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
    { 'bucket.Region': 'eu-central-1' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['eu-central-1', home, 'do not move'],
    },
  ],
  [
    'a bucket that trailkeeper can no longer check',
    ({ archive }) => archive.s3In(home).send(new DeleteBucketPolicyCommand({ Bucket })),
    { 'bucket.Owner': 'not readable' },
    {
      severity: 'critical',
      losesCoverage: true,
      description: ['no longer lets trailkeeper check'],
    },
  ],
  [
    'a disabled key',
    ({ owner }) => owner.kmsIn(home).send(new DisableKeyCommand({ KeyId })),
    { 'key.KeyState': 'Disabled' },
    { severity: 'high', losesCoverage: false, description: ['disabled', '30 days', 'enable it'] },
  ],
  [
    'a key pending deletion',
    ({ owner }) => owner.kmsIn(home).send(new ScheduleKeyDeletionCommand({ KeyId })),
    { 'key.KeyState': 'PendingDeletion' },
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
    { 'key.KeyState': 'Disabled' },
    { severity: 'high', losesCoverage: false, description: ['enable it'] },
  ],
  [
    'a deleted key',
    async ({ world }) => world.keys.clear(),
    { 'key.KeyState': 'gone' },
    { severity: 'critical', losesCoverage: true, description: ['no one can read', 'another key'] },
  ],
  [
    'a deleted topic',
    ({ owner }) => owner.snsIn(home).send(new DeleteTopicCommand({ TopicArn })),
    { 'topic.Existence': 'gone' },
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
    { 'log-group.Existence': 'gone' },
    {
      severity: 'high',
      losesCoverage: false,
      description: ['log group', 'create it again', 'live monitoring'],
    },
  ],
  ...(
    [
      ['kms', 'AccessDeniedException', 'key.KeyState', 'kms:DescribeKey', 'medium'],
      ['sns', 'AuthorizationError', 'topic.Existence', 'sns:GetTopicAttributes', 'low'],
      ['logs', 'AccessDeniedException', 'log-group.Existence', 'logs:DescribeLogGroups', 'low'],
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
          description: ['may not exist', action, field],
        },
      ] as const,
  ),
];

describe('what a protected trail depends on', () => {
  test('are in sync after capture, even if the trail changed', async () => {
    const account = await withTrail();
    const desired = await account.desired();
    await account.perform.cloudtrail.DeleteTrail({ Name: 'org-trail' });

    expect(await account.look(desired)).toStrictEqual(well);
  });

  test.each(attacks)('show only this drift: %s', async (_what, happens, seen) => {
    const account = await withTrail();
    const desired = await account.desired();

    await happens(account);

    expect(await account.look(desired)).toStrictEqual({ ...well, ...seen });
  });

  test.each(attacks)('report the impact and what to do: %s', (_what, _, seen, cost) => {
    const actual = { ...well, ...seen };
    const [change, ...others] = diff(nested(well) as Json, nested(actual) as Json);
    if (change === undefined || others.length > 0) throw new Error('not one thing has changed');

    const { description, ...impact } = impactOf(change);

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
    const unread = dependencies.filter(({ name }) => name !== 'bucket');
    const none = Object.fromEntries(
      unread.map(({ name, state }) => [
        name,
        Object.fromEntries(Object.keys(state.shape).map((field) => [field, null])),
      ]),
    );
    const start = account.calls.length;

    const seen = await account.look({ settings: named, ...nested(well), ...none });

    expect(seen).toMatchObject({ 'key.KeyState': null, 'topic.Existence': null });
    const services = account.calls.slice(start).map(({ service }) => service);
    expect(new Set(services)).toStrictEqual(new Set(['s3']));
  });

  test('show that a bucket is missing even if its owner is unknown', async () => {
    const account = await withTrail();
    const { settings: named } = await account.desired();
    const desired = { settings: named, ...nested({ ...well, 'bucket.Owner': null }) };
    await account.archive.s3In(home).send(new DeleteBucketCommand({ Bucket }));

    expect(await account.look(desired)).toStrictEqual({
      ...well,
      'bucket.Owner': null,
      'bucket.Region': null,
    });
  });

  test('name the owner of a missing bucket if nothing else is known', async () => {
    const account = await withTrail();
    const { settings: named } = await account.desired();
    const desired = { settings: named, ...nested({ ...well, 'bucket.Region': null }) };
    await account.archive.s3In(home).send(new DeleteBucketCommand({ Bucket }));

    const actual = await account.look(desired);

    expect(actual).toStrictEqual({ ...well, 'bucket.Region': null, 'bucket.Owner': 'gone' });
    const change = { path: 'bucket.Owner', desired: owner, actual: 'gone' };
    expect(impactOf(change).description).toContain('create it again');
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
    const change = { path: 'key.KeyState', desired: 'Enabled', actual: 'Unavailable' };

    const { description, ...impact } = impactOf(change);

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
    const asRole = () => observeAll(account.clientsOf('role-x'), account.trail, desired);
    const before = await asRole();
    await account.owner.kmsIn(home).send(
      new PutKeyPolicyCommand({
        KeyId,
        Policy: '{"Statement":[]}',
        BypassPolicyLockoutSafetyCheck: true,
      }),
    );

    expect([before, await asRole()]).toStrictEqual([
      well,
      { ...well, 'key.KeyState': 'not readable' },
    ]);
  });
});

describe('a baseline', () => {
  const replicator = `arn:aws:iam::${owner}:role/replication`;
  const oneOfBoth = 'must have a Role if there are Rules, and null as Role if there are none';

  test.each([
    [{ 'bucket.Region': 'Frankfurt' }, 'must be the Region of the bucket, or null'],
    [{ 'bucket.Owner': 'security' }, 'must be the id of the account that owns the bucket, or null'],
    [{ 'bucket.Replication': { Role: replicator, Rules: [] } }, oneOfBoth],
    [{ 'bucket.Replication': { Role: null, Rules: [{ Status: 'Enabled' }] } }, oneOfBoth],
    [{ 'key.KeyState': 'Disabled' }, 'must be Enabled, or null'],
    [{ 'topic.Existence': 'gone' }, 'must be there, or null'],
    [{ 'log-group.Existence': true }, 'must be there, or null'],
  ])('cannot require %j', (bad, message) => {
    const [[name = '', state] = []] = Object.entries(nested(bad));
    const kind = dependencies.find((one) => one.name === name);
    const complete = { ...Reflect.get(baseline.states, name), ...state };
    for (const schema of [kind?.state, kind?.fileFormat?.schema ?? kind?.state]) {
      const { error } = schema?.safeParse(complete) ?? {};

      expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
    }
  });

  test('file can omit fields', async () => {
    const written = { Owner: owner };

    expect(bucket.fileFormat?.schema.safeParse(written).success).toBe(true);
    expect(
      await bucket.fileFormat?.resolve(written, {} as Trail, async (keyId) => keyId),
    ).toStrictEqual(written);
    expect(bucket.fileFormat?.schema.safeParse({ BucketOwner: owner }).success).toBe(false);
  });
});

/** The kinds of what a trail depends on. */
const dependencies = kinds.filter(({ name }) =>
  ['bucket', 'key', 'topic', 'log-group'].includes(name),
);

const nested = (fields: Flat): Readonly<Record<string, object>> => {
  const names = new Set(Object.keys(fields).map((path) => path.split('.')[0] ?? ''));
  return Object.fromEntries([...names].map((name) => [name, stateIn(fields, name)]));
};

const stateIn = (fields: Flat, kind: string): object =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([path]) => path.startsWith(`${kind}.`))
      .map(([path, value]) => [path.slice(kind.length + 1), value]),
  );

/** The fields of these tests; other files test the others. */
const flat = (states: readonly (readonly [string, object | null | undefined])[]): Flat =>
  Object.fromEntries(
    states
      .flatMap(([kind, state]) =>
        Object.entries(state ?? {}).map(([field, value]): [string, unknown] => [
          `${kind}.${field}`,
          value,
        ]),
      )
      .filter(([path]) => Object.hasOwn(well, path)),
  );

async function observeAll(
  aws: Parameters<(typeof bucket)['observe']>[0],
  trail: Trail,
  desired: Readonly<Record<string, object>> = {},
): Promise<Flat | null> {
  const states = await Promise.all(
    dependencies.map(
      async (kind) => [kind.name, await kind.observe(aws, trail, now, desired)] as const,
    ),
  );
  return states.every(([, state]) => state === null) ? null : flat(states);
}

/** The impact of a change whose path names its kind. */
function impactOf({ path, ...values }: Change): Impact {
  const [name, field = ''] = path.split('.');
  const kind = dependencies.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no dependency is called ${name}`);
  const states = nested(well);
  return kind.impact({ path: field, ...values }, states[kind.name] ?? {}, {});
}

const allowAll = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

type Account = Awaited<ReturnType<typeof withTrail>>;

/** A trail with everything that one can depend on, observed by an auditor of its account. */
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
      CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs',
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
      return { settings: named ?? {}, ...nested(well) };
    },
    look: (desired: Readonly<Record<string, object>>) =>
      observeAll(clients.auditor, trail, desired),
    observed,
    async captured(written: Flat = {}) {
      const states = nested({ ...(await observed(written)), ...written });
      return flat(
        dependencies.map((kind) => [kind.name, kind.toBaseline?.(states[kind.name] ?? {})]),
      );
    },
  };

  function observed(written: Flat) {
    return observeAll(clients.auditor, trail, nested(written));
  }
}

async function madeAgain(before: Clients, after: Clients, region = home): Promise<void> {
  await before.s3In(home).send(new DeleteBucketCommand({ Bucket }));
  await after.s3In(region).send(new CreateBucketCommand({ Bucket }));
}

async function letIn(aws: Clients, region = home): Promise<void> {
  const s3 = aws.s3In(region);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(Bucket) }));
}

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
