import {
  AssociateKmsKeyCommand,
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteMetricFilterCommand,
  DeleteRetentionPolicyCommand,
  DeleteSubscriptionFilterCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from 'vitest';
import type { Policy } from '#baseline/policy.ts';
import { logGroup as kind } from '#drift/dependencies/log-group.ts';
import { kinds } from '#drift/index.ts';
import { verdict } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { states } from '../support/baseline.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { answering } from '../support/cloudtrail.ts';
import { createTrailWithLogGroup } from '../support/delivering-trail.ts';
import { inProcess } from '../support/in-process.ts';

const logGroupName = 'org-trail';
const group = { logGroupName };
const resourceArn = `arn:aws:logs:us-east-1:111122223333:log-group:${logGroupName}`;
const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
const foreignKey = 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10';
const metricTransformations = [{ metricName: 'Root', metricNamespace: 'Trail', metricValue: '1' }];
const root = {
  ...group,
  filterName: 'root',
  filterPattern: '{ $.userIdentity.type = "Root" }',
  metricTransformations,
};
const siem = {
  ...group,
  filterName: 'siem',
  filterPattern: '',
  destinationArn: 'arn:aws:lambda:us-east-1:111122223333:function:siem',
};
const stream = {
  ...siem,
  filterName: 'stream',
  destinationArn: 'arn:aws:kinesis:us-east-1:111122223333:stream/siem',
  roleArn: 'arn:aws:iam::111122223333:role/org-trail',
};

type Attack = (logs: CloudWatchLogsClient) => Promise<unknown>;

const deletesGroup: Attack = (logs) => logs.send(new DeleteLogGroupCommand(group));

/** What weakens a log group, with the field in which it shows. */
const attacks: readonly (readonly [title: string, field: string, attack: Attack])[] = [
  [
    'its retention is shortened',
    'RetentionInDays',
    (logs) => logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 1 })),
  ],
  [
    'its retention is removed',
    'RetentionInDays',
    (logs) => logs.send(new DeleteRetentionPolicyCommand(group)),
  ],
  ['its key is taken away', 'KmsKeyId', (logs) => logs.send(new DisassociateKmsKeyCommand(group))],
  [
    'it gets a key of someone else',
    'KmsKeyId',
    (logs) => logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId: foreignKey })),
  ],
  [
    'a tag is removed',
    'Tags',
    (logs) => logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['owner'] })),
  ],
  [
    'a tag is changed and another added',
    'Tags',
    (logs) =>
      logs.send(new TagResourceCommand({ resourceArn, tags: { owner: 'mallory', team: 'red' } })),
  ],
  [
    'a metric filter is deleted',
    'MetricFilters',
    (logs) => logs.send(new DeleteMetricFilterCommand({ ...group, filterName: 'root' })),
  ],
  [
    'a metric filter is changed so that it matches nothing',
    'MetricFilters',
    (logs) => logs.send(new PutMetricFilterCommand({ ...root, filterPattern: '{ $.none = "x" }' })),
  ],
  [
    'a subscription filter is deleted',
    'SubscriptionFilters',
    (logs) => logs.send(new DeleteSubscriptionFilterCommand({ ...group, filterName: 'siem' })),
  ],
  [
    'a subscription filter is sent elsewhere',
    'SubscriptionFilters',
    (logs) =>
      logs.send(
        new PutSubscriptionFilterCommand({
          ...siem,
          destinationArn: 'arn:aws:lambda:us-east-1:111122223333:function:theirs',
        }),
      ),
  ],
  [
    'a subscription filter is added, which copies the log',
    'SubscriptionFilters',
    (logs) => logs.send(new PutSubscriptionFilterCommand({ ...siem, filterName: 'copy' })),
  ],
];

describe('the log group of a trail', () => {
  test.each(attacks)('is restored if %s', async (_title, _field, attack) => {
    const account = await withTrail();
    await attack(account.mallory);

    await account.restore({ 'log-group': 'restore' });

    expect(await account.group()).toEqual(account.asCaptured);
  });

  test('is created again as it was, with its filters, if it is deleted', async () => {
    const account = await withTrail();
    await deletesGroup(account.mallory);

    const { applied } = await account.restore({ 'log-group': 'restore' });

    expect(await account.group()).toEqual(account.asCaptured);
    expect(applied.every(({ status }) => status === 'applied')).toBe(true);
  });

  test('is created again by two runs that found it deleted at once', async () => {
    const account = await withTrail();
    await deletesGroup(account.mallory);

    const outcomes = await Promise.all(
      ['one', 'other'].map(() => account.restore({ 'log-group': 'restore' })),
    );

    expect(await account.group()).toEqual(account.asCaptured);
    expect(outcomes.map((outcome) => verdict(outcome))).toEqual(['restored', 'restored']);
    expect(outcomes.flatMap(({ applied }) => applied)).not.toContainEqual(
      expect.objectContaining({ status: 'failed' }),
    );
  });

  test('is created again without its filters if the policy only reports these', async () => {
    const account = await withTrail();
    await deletesGroup(account.mallory);

    const { verified } = await account.restore({ 'log-group': { Existence: 'restore' } });

    expect(await account.group()).toEqual({ ...account.asCaptured, metric: [], subscription: [] });
    expect(driftIn(verified).map(({ path }) => path)).toEqual([
      'MetricFilters',
      'SubscriptionFilters',
    ]);
  });

  test.each(attacks)(
    'is reported and not written by default if %s',
    async (_title, field, attack) => {
      const account = await withTrail();
      await attack(account.mallory);
      const attacked = await account.group();

      const { plan } = await account.restore({});

      expect(await account.group()).toEqual(attacked);
      expect(driftIn(plan)).toMatchObject([{ path: field, impact: { losesCoverage: false } }]);
    },
  );

  test('without key, retention and filters loses what someone puts on it', async () => {
    const account = await withTrail(async () => {});
    await account.mallory.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId: foreignKey }));
    await account.mallory.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 1 }));
    await account.mallory.send(new PutSubscriptionFilterCommand(siem));

    await account.restore({ 'log-group': 'restore' });

    expect(await account.group()).toEqual(account.asCaptured);
  });

  test('keeps a metric filter that someone added, and reports it', async () => {
    const account = await withTrail();
    await account.mallory.send(new PutMetricFilterCommand({ ...root, filterName: 'theirs' }));
    const attacked = await account.group();

    const { verified } = await account.restore({ 'log-group': 'restore' });

    expect(await account.group()).toEqual(attacked);
    const [drift] = driftIn(verified);
    expect(drift).toMatchObject({ path: 'MetricFilters', impact: { severity: 'medium' } });
    expect(drift?.impact.description).toContain('theirs');
  });

  test('leaves a subscription filter that passes a role to people, and restores the rest', async () => {
    const account = await withTrail(async (logs) => {
      await logs.send(new PutSubscriptionFilterCommand(siem));
      await logs.send(new PutSubscriptionFilterCommand(stream));
    });
    await deletesGroup(account.mallory);

    const { verified } = await account.restore({ 'log-group': 'restore' });

    const { subscription } = (await account.group()) ?? {};
    expect(subscription?.map(({ filterName }) => filterName)).toEqual(['siem']);
    const [drift] = driftIn(verified);
    expect(drift?.path).toBe('SubscriptionFilters');
    expect(drift?.impact.description).toMatch(/only a person can restore stream: .* role/);
  });

  test('is not confused with one whose name begins the same', async () => {
    const account = await withTrail();
    await deletesGroup(account.mallory);
    const longer = { logGroupName: `${logGroupName}-2` };
    await account.mallory.send(new CreateLogGroupCommand(longer));

    expect(driftIn((await account.restore({})).plan)[0]).toMatchObject({ actual: 'gone' });
  });

  test('is found to be gone in one read, however many groups have names that begin the same', async () => {
    const account = await withTrail();
    await deletesGroup(account.mallory);
    for (let i = 0; i < 120; i++) {
      const longer = { logGroupName: `${logGroupName}-${i}` };
      await account.mallory.send(new CreateLogGroupCommand(longer));
    }
    const start = account.calls.length;

    await account.restore({ 'log-group': 'restore' });

    expect(await account.group()).toEqual(account.asCaptured);
    const reads = account.calls.slice(start).filter(({ input }) => input.nextToken !== undefined);
    expect(reads).toEqual([]);
  });

  test.each([
    ['DescribeLogGroups', 'Existence'],
    ['ListTagsForResource', 'Tags'],
    ['DescribeMetricFilters', 'MetricFilters'],
    ['DescribeSubscriptionFilters', 'SubscriptionFilters'],
  ])('says which permission is missing if %s is denied', async (operation, field) => {
    const account = await withTrail();
    account.deny(operation);

    const { plan } = await account.restore({ 'log-group': 'restore' });

    expect(driftIn(plan).map(({ path }) => path)).toEqual([field]);
    expect(driftIn(plan)[0]?.impact.description).toContain(`logs:${operation}`);
    expect(await account.group()).toEqual(account.asCaptured);
  });

  test.each(['ListTagsForResource', 'DescribeMetricFilters', 'DescribeSubscriptionFilters'])(
    'is captured without what %s may not read, which is then not protected',
    async (operation) => {
      const account = await withTrail();
      // The metric filters also say which alarms there are.
      account.deny(operation, operation === 'DescribeMetricFilters' ? 2 : 1);

      const states = await account.captured();

      expect(Object.values(states['log-group'] ?? {}).filter((one) => one === null)).toHaveLength(
        1,
      );
    },
  );
});

test('a group in an account whose role trailkeeper does not have is not readable', async () => {
  const elsewhere = resourceArn.replace('111122223333', '222233334444');
  const { aws } = answering({ logGroups: [] });
  const named = { ...states.settings, CloudWatchLogsLogGroupArn: `${elsewhere}:*` };

  expect(await kind.observe(aws, trail, new Date(), { settings: named })).toEqual({
    Existence: 'not readable',
  });
});

test.each([
  ['that has a policy', { dataProtectionStatus: 'ACTIVATED' }, 'ACTIVATED'],
  [
    'with a policy of the account',
    { inheritedProperties: ['ACCOUNT_DATA_PROTECTION'] },
    'ACTIVATED',
  ],
  ['that had a policy', { dataProtectionStatus: 'DELETED', inheritedProperties: [] }, 'none'],
  ['that never had one', {}, 'none'],
])(
  'the events of a group %s are masked or not, and that is left to people',
  async (_what, found, is) => {
    const { aws } = answering({ logGroups: [{ logGroupName: 'trail', ...found }] });
    const others = { RetentionInDays: null, KmsKeyId: null, Tags: null, MetricFilters: null };
    const desired = { ...states['log-group'], ...others, SubscriptionFilters: null };

    const actual = await kind.observe(aws, trail, new Date(), {
      settings: states.settings,
      'log-group': desired,
    });

    expect(actual).toMatchObject({ DataProtection: is });
    expect(kind.repair(desired, actual, trail, states)).toEqual([]);
  },
);

test('a retention that a policy of the account overrides is left to people', async () => {
  const found = {
    logGroups: [{ logGroupName: 'trail', retentionInDays: 7, retentionPolicyName: 'short' }],
  };
  const desired = { ...states['log-group'], MetricFilters: null, SubscriptionFilters: null };
  const { aws } = answering(({ operation }) =>
    operation === 'DescribeLogGroups' ? found : { tags: { owner: 'security' } },
  );

  const actual = await kind.observe(aws, trail, new Date(), {
    settings: states.settings,
    'log-group': { ...desired, KmsKeyId: null },
  });

  expect(actual).toMatchObject({ RetentionInDays: '7, by the account policy short' });
  expect(kind.repair({ ...desired, KmsKeyId: null }, actual, trail, states)).toEqual([]);
});

const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');

type Finding = Awaited<ReturnType<typeof reconcile>>['plan']['findings'][number];

const driftIn = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.flatMap((finding) =>
    finding.kind === kind.name && finding.status === 'drifted' ? finding.changes : [],
  );

/** What a log group can have. */
const everything: Attack = async (logs) => {
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 365 }));
  await logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId }));
  await logs.send(new TagResourceCommand({ resourceArn, tags: { owner: 'security' } }));
  await logs.send(new PutMetricFilterCommand(root));
  await logs.send(new PutSubscriptionFilterCommand(siem));
};

async function withTrail(configure: Attack = everything) {
  const { calls, clientsOf, disruptions } = inProcess();
  const { cloudtrail, logsIn } = clientsOf('owner');
  const logs = logsIn('us-east-1');
  await configure(logs);
  await createTrailWithLogGroup(cloudtrail, trail.name, resourceArn);
  const aws = clientsOf('trailkeeper');
  const now = () => new Date();
  const captured = () => capturedBaseline(aws, trail, now());
  const baseline = await captured();
  return {
    calls,
    mallory: clientsOf('mallory').logsIn('us-east-1'),
    group: () => groupIn(logs),
    asCaptured: await groupIn(logs),
    captured: async () => (await captured()).states,
    deny: (operation: string, times = 1) =>
      disruptions.faults.push({
        service: 'logs',
        operation,
        error: 'AccessDeniedException',
        times,
      }),
    restore: (policy: Policy) =>
      reconcile(
        { ...baseline, policy },
        { kinds, aws, mode: 'enforce', now, sleep: async () => {}, readLagMs: 0 },
      ),
  };
}

/** The log group as an administrator reads it, without times; null if there is none. */
async function groupIn(logs: CloudWatchLogsClient) {
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
  );
  const found = logGroups.find((one) => one.logGroupName === logGroupName);
  if (found === undefined) return null;
  const { metricFilters = [] } = await logs.send(new DescribeMetricFiltersCommand(group));
  const { subscriptionFilters = [] } = await logs.send(
    new DescribeSubscriptionFiltersCommand(group),
  );
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
  return {
    retention: found.retentionInDays,
    key: found.kmsKeyId,
    tags,
    metric: metricFilters.map(({ creationTime: _, ...filter }) => filter),
    subscription: subscriptionFilters.map(({ creationTime: _, ...filter }) => filter),
  };
}
