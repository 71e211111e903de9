import {
  CreateTrailCommand,
  GetTrailCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyArnFrom } from '#aws/kms.ts';
import { resolveStates } from '#baseline/captured-states.ts';
import { eventSelectors } from '#drift/event-selectors.ts';
import { kinds } from '#drift/index.ts';
import { settings as settingsKind } from '#drift/settings.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { logDeliveryRole } from '#sandbox/log-delivery-role.ts';
import { keyId, topicArn } from '#sandbox/seed.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { baseline, now } from '../support/baseline.ts';
import { answering } from '../support/cloudtrail.ts';
import { inProcess } from '../support/in-process.ts';
import { runs } from '../support/property-runs.ts';
import { scrambled } from '../support/scrambled.ts';

// A baseline can be written with the field names of CreateTrail, PutEventSelectors or an IaC tool.

const logGroup = 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail';
const role = 'arn:aws:iam::111122223333:role/service-role/org-trail-logs';
const kms = 'arn:aws:kms:us-east-1:111122223333';

const pair = (group: string) => ({
  CloudWatchLogsLogGroupArn: group,
  CloudWatchLogsRoleArn: role,
});

/** Every spelling of the same settings, and the settings as GetTrail returns them. */
const spelled = fc
  .record({
    bucket: fc.constantFrom('org-trail-logs', 'arn:aws:s3:::org-trail-logs'),
    topic: fc.constantFrom(null, topicArn, 'org-trail-delivered'),
    logs: fc.constantFrom(
      { CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
      pair(logGroup),
      pair(`${logGroup}:*`),
      pair('org-trail'),
    ),
    key: fc.constantFrom(
      null,
      keyId,
      `${kms}:key/${keyId}`,
      'alias/org-trail',
      `${kms}:alias/org-trail`,
    ),
  })
  .map(({ bucket, topic, logs, key }) => ({
    written: {
      S3BucketName: bucket,
      S3KeyPrefix: null,
      SnsTopicARN: topic,
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
      ...logs,
      KmsKeyId: key,
      IsOrganizationTrail: false,
      RecursiveLogging: true,
    },
    answered: {
      S3BucketName: 'org-trail-logs',
      SnsTopicARN: topic && topicArn,
      CloudWatchLogsLogGroupArn: logs.CloudWatchLogsLogGroupArn && `${logGroup}:*`,
      KmsKeyId: key && `${kms}:key/${keyId}`,
    },
  }));

const selectors = fc.constantFrom<object>(
  {
    EventSelectors: [
      {
        ReadWriteType: 'All',
        IncludeManagementEvents: true,
        DataResources: [
          { Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::a/', 'arn:aws:s3:::b/c'] },
          { Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] },
        ],
        ExcludeManagementEventSources: ['rdsdata.amazonaws.com', 'kms.amazonaws.com'],
      },
    ],
    AdvancedEventSelectors: null,
  },
  {
    EventSelectors: null,
    AdvancedEventSelectors: [
      { Name: 'all', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
      {
        Name: null,
        FieldSelectors: [
          { Field: 'eventCategory', Equals: ['Data'] },
          { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
          { Field: 'resources.ARN', NotStartsWith: ['arn:aws:s3:::b/', 'arn:aws:s3:::a/'] },
        ],
      },
    ],
  },
);

test('any spelling of a baseline is in sync after at most one write per kind', async () => {
  await fc.assert(
    fc.asyncProperty(spelled, selectors.chain(scrambled), async ({ written, answered }, events) => {
      const { aws, mallory, arn, live, writes } = await account();
      const trail = parseTrailArn(arn);
      const states = await resolveStates(
        kinds,
        trail,
        { settings: written, 'event-selectors': events, logging: { IsLogging: true } },
        keyArnFrom(aws.kmsIn(trail.region)),
      );
      const restore = () => reconcile(baselineOf(trail, states), options(aws));

      const { verified } = await restore();
      const first = writes();
      await restore();

      expect(verified.findings.filter(isFault)).toEqual([]);
      expect(first.length).toBe(new Set(first).size);
      expect(writes()).toEqual(first);
      expect(await live()).toEqual(answered);

      const patch = { Name: arn, S3BucketName: 'attacker-bucket' };
      await mallory.cloudtrail.send(new UpdateTrailCommand(patch));
      await restore();

      expect(await live()).toEqual(answered);
    }),
    { numRuns: runs(40) },
  );
});

test('a log group that GetTrail returns without :* is the same group', async () => {
  const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/written');
  const { settings } = baseline.states;
  const group = 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail';
  const answer = { ...settings, CloudWatchLogsLogGroupArn: group };
  const { aws } = answering({ Trail: answer });

  const observed = await settingsKind.observe(aws, trail, now);

  expect(observed).toEqual(settingsKind.state.parse(answer));
});

test.each(['org-trail-logs', 'role/org-trail-logs'])(
  'a role by name only, %s, is refused with the command that prints its ARN',
  async (CloudWatchLogsRoleArn) => {
    const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/written');
    const settings = { ...baseline.states.settings, CloudWatchLogsRoleArn };

    await expect(resolveStates(kinds, trail, { settings }, async (key) => key)).rejects.toThrow(
      /states\.settings\.CloudWatchLogsRoleArn: must be the ARN .* aws iam get-role/,
    );
  },
);

test('arn:aws:s3 and arn:aws:s3::: both mean all S3 objects', async () => {
  const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/written');
  const selectorsOf = (value: string) => ({
    EventSelectors: [
      {
        ReadWriteType: 'All',
        IncludeManagementEvents: true,
        DataResources: [{ Type: 'AWS::S3::Object', Values: [value] }],
        ExcludeManagementEventSources: [],
      },
    ],
    AdvancedEventSelectors: null,
  });
  const written = { 'event-selectors': selectorsOf('arn:aws:s3') };
  const { aws } = answering(selectorsOf('arn:aws:s3:::'));

  const observed = await eventSelectors.observe(aws, trail, now);

  const states = await resolveStates(kinds, trail, written, async (key) => key);
  expect(states).toEqual({ 'event-selectors': observed });
});

async function account() {
  const { clientsOf, calls, world } = inProcess();
  const [, delivering] = logDeliveryRole('org-trail-logs', world.organization.id);
  world.roles.set(role, delivering);
  const [aws, owner, mallory] = ['trailkeeper', 'owner', 'mallory'].map(clientsOf) as [
    ReturnType<typeof clientsOf>,
    ReturnType<typeof clientsOf>,
    ReturnType<typeof clientsOf>,
  ];
  const create = new CreateTrailCommand({ Name: 'written', S3BucketName: 'org-trail-logs' });
  const { TrailARN: arn = '' } = await owner.cloudtrail.send(create);
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: arn }));
  const writes = () =>
    calls
      .filter(({ principal }) => principal.endsWith('/trailkeeper'))
      .map(({ operation }) => operation)
      .filter((operation) => !/^(Get|List|Head|Describe)/.test(operation));
  /** The settings as GetTrail returns them, null for missing ones. */
  async function live() {
    const { Trail = {} } = await owner.cloudtrail.send(new GetTrailCommand({ Name: arn }));
    const { S3BucketName, SnsTopicARN, CloudWatchLogsLogGroupArn, KmsKeyId } = Trail;
    return {
      S3BucketName,
      SnsTopicARN: SnsTopicARN ?? null,
      CloudWatchLogsLogGroupArn: CloudWatchLogsLogGroupArn ?? null,
      KmsKeyId: KmsKeyId ?? null,
    };
  }
  return { aws, mallory, arn, live, writes };
}

const baselineOf = (trail: ReturnType<typeof parseTrailArn>, states: object) => ({
  schema: 1 as const,
  trail: trail.arn,
  version: 1,
  previous: null,
  capturedAt: new Date().toISOString(),
  capturedBy: 'owner',
  reason: 'written by hand',
  states: states as Readonly<Record<string, object>>,
  policy: {},
});

const options = (aws: Parameters<typeof reconcile>[1]['aws']) => ({
  kinds,
  aws,
  mode: 'enforce' as const,
  now: () => new Date(),
  readLagMs: 0,
  sleep: async () => {},
});

const isFault = ({ status }: { readonly status: string }): boolean =>
  status === 'drifted' || status === 'unknown';
