import {
  type CloudTrailClient,
  CreateTrailCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { type SNSClient, SubscribeCommand, TagResourceCommand } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import { kinds } from '#drift/index.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { Finding } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { make } from '../support/calls.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { inProcess } from '../support/in-process.ts';
import { runs } from '../support/property-runs.ts';

// AWS responses with less than the API reference documents: a missing field, or an operation that the Region lacks.

const reads = {
  GetTrail: 'settings',
  GetTrailStatus: 'logging',
  GetEventSelectors: 'event-selectors',
  GetInsightSelectors: 'insight-selectors',
  GetEventConfiguration: 'aggregation',
  ListTags: 'tags',
  ListAWSServiceAccessForOrganization: 'organization',
  ListDelegatedAdministrators: 'organization',
  DescribeKey: 'key',
  GetKeyPolicy: 'key',
  GetKeyRotationStatus: 'key',
  HeadBucket: 'bucket',
  GetTopicAttributes: 'topic',
  ListSubscriptionsByTopic: 'topic',
  ListTagsForResource: 'topic',
  DescribeLogGroups: 'log-group',
} as const;
type Read = keyof typeof reads;
const operations = Object.keys(reads) as Read[];

/** Whether a kind cannot be read without the operation. Two kinds can need the same one. */
const dependsOn = ({ name, permissions }: DriftKind, operation: Read): boolean =>
  name === reads[operation] ||
  permissions.observe.some(({ actions }) => actions.includes(`cloudtrail:${operation}`));

/** Fields that AWS omits to say "none": without them, the response means something else. */
const meansNone =
  /^Trail\.(S3KeyPrefix|SnsTopic(Name|ARN)|CloudWatchLogs\w+|KmsKeyId)$|\.(Name|Value|\w*Equals|\w*With)$|^logGroups/;

/** The paths of all fields of a response; `*` stands for list elements. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => pathsOf(one, `${path}.*`)))];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.entries(value)
    .filter(([name]) => name !== '$metadata')
    .flatMap(([name, member]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return [at, ...pathsOf(member, at)];
    });
}

function drop(value: unknown, [name = '', ...rest]: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (name === '*') for (const one of Object.values(value)) drop(one, rest);
  else if (rest.length > 0) drop(Reflect.get(value, name), rest);
  else Reflect.deleteProperty(value, name);
}

describe('a response field that is missing', () => {
  test('restores nothing and does not block other restores', async () => {
    const { answers } = await protectedAccount();
    const members = operations.flatMap((operation) =>
      pathsOf(answers.get(operation))
        .filter((path) => !meansNone.test(path))
        .map((path) => ({ operation, path })),
    );
    expect(members.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(operations.slice(0, 9)),
    );

    const tried = runs(members.length);
    const any = fc.shuffledSubarray(members, { minLength: tried, maxLength: tried });
    for (const { operation, path } of fc.sample(any, 1).flat()) {
      const account = await protectedAccount();
      account.dropped.set(operation, path);
      const left = `${operation} without ${path}`;

      const { plan } = await account.restore();
      expect([left, account.writes()]).toEqual([left, []]);
      expect([left, plan.findings.filter(isFalse)]).toEqual([left, []]);

      await account.attack();
      await account.restore();

      const { bucket, isLogging } = await account.live();
      const isUntold = { bucket: /^Trail(\.S3BucketName)?$/, isLogging: /^IsLogging$/ };
      if (!isUntold.bucket.test(path)) expect([left, bucket]).toEqual([left, 'org-trail-logs']);
      if (!isUntold.isLogging.test(path)) expect([left, isLogging]).toEqual([left, true]);
    }
  });

  test('does not block capturing the rest', async () => {
    const { answers } = await protectedAccount();
    const anyMember = fc.constantFrom(...operations).chain((operation) =>
      fc.record({
        operation: fc.constant(operation),
        path: fc.constantFrom(...pathsOf(answers.get(operation)), 'nothing'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyMember, async ({ operation, path }) => {
        const account = await protectedAccount();
        account.dropped.set(operation, path);

        const states = await account.capture();

        const others = kinds.filter(
          (kind) => !dependsOn(kind, operation) && !dependencies.includes(kind.name),
        );
        for (const { name } of others) expect(states[name]).toEqual(account.baseline.states[name]);
        expect(states.logging).toEqual({ IsLogging: true });
      }),
      { numRuns: runs(40) },
    );
  });

  test.each([
    ['IsOrganizationTrail', false],
    ['LogFileValidationEnabled', false],
    ['IsMultiRegionTrail', false],
    ['IncludeGlobalServiceEvents', true],
    ['RecursiveLogging', true],
  ])('is captured with its documented default: %s is %s', async (field, value) => {
    const account = await protectedAccount();
    account.dropped.set('GetTrail', `Trail.${field}`);

    expect((await account.capture()).settings).toMatchObject({ [field]: value });
  });

  test('that identifies the trail is reported in words', async () => {
    const account = await protectedAccount();
    account.dropped.set('GetTrail', 'Trail');

    const { plan } = await account.restore();

    expect(plan.findings).toContainEqual({
      kind: 'settings',
      status: 'unknown',
      reason: 'GetTrail returned no Trail',
      retryable: false,
    });
  });
});

describe.each([
  'UnsupportedOperationException',
  'UnknownOperationException',
  'InvalidParameterException',
])('an operation that permanently returns %s', (error) => {
  test.each([
    ['GetInsightSelectors', 'insight-selectors', { InsightSelectors: [] }],
    ['GetEventConfiguration', 'aggregation', { AggregationConfigurations: [] }],
  ] as const)('counts as unsupported by the Region: %s', async (operation, kind, none) => {
    const account = await protectedAccount();
    account.fail(operation, error);

    expect((await account.capture())[kind]).toEqual(none);
    const withNone = { ...account.baseline.states, [kind]: none };
    const { plan } = await account.restore(withNone);
    expect(plan.findings).toContainEqual({ kind, status: 'in-sync' });
  });

  test.each(operations)('does not block protecting or capturing the rest: %s', async (one) => {
    const account = await protectedAccount();
    account.fail(one, error);

    const { plan } = await account.restore();
    expect(account.writes()).toEqual([]);
    expect(plan.findings.filter(isFalse)).toEqual([]);

    await account.attack();
    await account.restore();
    const states = await account.capture();

    const { bucket, isLogging } = await account.live();
    expect(bucket).toBe(one === 'GetTrail' ? 'attacker-bucket' : 'org-trail-logs');
    expect(isLogging).toBe(one !== 'GetTrailStatus');
    const others = kinds.filter(
      (kind) => !dependsOn(kind, one) && ![...dependencies, 'delivery'].includes(kind.name),
    );
    for (const { name } of others) expect(states[name]).toEqual(account.baseline.states[name]);
  });
});

/** Drift, or an error that is not worded. */
const isFalse = (finding: Finding): boolean =>
  finding.status === 'drifted' ||
  (finding.status === 'unknown' && /[[{]|undefined/.test(finding.reason));

async function protectedAccount() {
  const { calls, disruptions, clientsOf } = inProcess();
  const owner = clientsOf('owner');
  const mallory = clientsOf('mallory').cloudtrail;
  const { TrailARN: arn = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({
      Name: 'org-trail',
      S3BucketName: 'org-trail-logs',
      SnsTopicName: 'org-trail-delivered',
      KmsKeyId: 'alias/org-trail',
      CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*',
      CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/org-trail',
      IsMultiRegionTrail: true,
      EnableLogFileValidation: true,
      IsOrganizationTrail: true,
      TagsList: [{ Key: 'owner', Value: 'security' }],
    }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: arn }));
  const configured: readonly (readonly [name: string, input: object])[] = [
    ['UpdateTrail', { RecursiveLogging: false }],
    [
      'PutEventSelectors',
      {
        EventSelectors: [
          {
            ReadWriteType: 'WriteOnly',
            IncludeManagementEvents: true,
            DataResources: [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }],
            ExcludeManagementEventSources: ['kms.amazonaws.com'],
          },
        ],
      },
    ],
    [
      'PutInsightSelectors',
      { InsightSelectors: [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Data'] }] },
    ],
    [
      'PutEventConfiguration',
      { AggregationConfigurations: [{ EventCategory: 'Data', Templates: ['API_ACTIVITY'] }] },
    ],
  ];
  for (const [name, input] of configured) await make({ name, input }, owner, arn);
  await configureTopic(owner.snsIn('us-east-1'));

  const dropped = new Map<string, string>();
  const answers = new Map<string, unknown>();
  const aws = clientsOf('trailkeeper');
  const dependencies = aws.dependenciesIn(null);
  const clients = [
    aws.cloudtrail,
    aws.organizations,
    dependencies.s3In('us-east-1'),
    dependencies.kmsIn('us-east-1'),
    dependencies.snsIn('us-east-1'),
    dependencies.logsIn('us-east-1'),
    dependencies.alarmsIn('us-east-1'),
  ] as const;
  for (const client of clients as unknown as readonly CloudTrailClient[]) {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        const operation = String(context.commandName).replace(/Command$/, '');
        answers.set(operation, structuredClone(answer.output));
        drop(answer.output, (dropped.get(operation) ?? '').split('.'));
        return answer;
      },
      { step: 'initialize' },
    );
  }
  const [, , s3, kms, sns, logs, alarms] = clients;
  const observed: Aws = {
    ...aws,
    dependenciesIn: () => ({
      s3In: () => s3,
      kmsIn: () => kms,
      snsIn: () => sns,
      logsIn: () => logs,
      alarmsIn: () => alarms,
      iam: dependencies.iam,
    }),
  };

  const trail = parseTrailArn(arn);
  const now = () => new Date();
  const captured = () => capturedBaseline(observed, trail, now());
  const capture = async () => (await captured()).states;
  const baseline = await captured();
  return {
    answers,
    dropped,
    baseline,
    capture,
    fail: (operation: string, error: string) =>
      disruptions.faults.push({ service: '*', operation, error, times: 1000 }),
    restore: (states = baseline.states) =>
      reconcile(
        { ...baseline, states, policy: { key: 'restore', topic: 'restore' } },
        { kinds, aws: observed, mode: 'enforce', now, sleep: async () => {}, readLagMs: 0 },
      ),
    writes: () =>
      calls
        .filter(({ principal }) => principal.endsWith('/trailkeeper'))
        .map(({ operation }) => operation)
        .filter((operation) => !/^(Get|List|Head|Describe)/.test(operation)),
    async attack() {
      await mallory.send(new StopLoggingCommand({ Name: arn }));
      await mallory.send(new UpdateTrailCommand({ Name: arn, S3BucketName: 'attacker-bucket' }));
    },
    async live() {
      disruptions.faults.length = 0;
      const { Trail } = await mallory.send(new GetTrailCommand({ Name: arn }));
      const { IsLogging } = await mallory.send(new GetTrailStatusCommand({ Name: arn }));
      return { bucket: Trail?.S3BucketName, isLogging: IsLogging };
    },
  };
}

/** Tags and subscribes to the topic of the trail. */
async function configureTopic(sns: SNSClient): Promise<void> {
  const TopicArn = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';
  const Tags = [{ Key: 'owner', Value: 'security' }];
  await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags }));
  const Endpoint = 'arn:aws:sqs:us-east-1:111122223333:siem';
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
}

/** The kinds of what a trail depends on: which these are is read from the trail at a capture. */
const dependencies = ['bucket', 'key', 'topic', 'log-group', 'alarms'];
