import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from 'vitest';
import type { Policy } from '#baseline/policy.ts';
import { alarms as kind } from '#drift/dependencies/alarms.ts';
import { kinds } from '#drift/index.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { states } from '../support/baseline.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { answering } from '../support/cloudtrail.ts';
import { createTrailWithLogGroup } from '../support/delivering-trail.ts';
import { inProcess } from '../support/in-process.ts';

const logGroupName = 'org-trail';
const resourceArn = `arn:aws:logs:us-east-1:111122223333:log-group:${logGroupName}`;
const metric = { MetricName: 'Root', Namespace: 'Trail' };
const topic = 'arn:aws:sns:us-east-1:111122223333:security';
const rules = {
  Period: 300,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
} as const;

/** One alarm that notifies, one that also runs code, one on an expression, and one on another metric. */
const root: PutMetricAlarmCommandInput = {
  ...{ AlarmName: 'root', AlarmActions: [topic], Statistic: 'Sum', ...metric, ...rules },
};
const acting = {
  ...root,
  AlarmName: 'acting',
  OKActions: ['arn:aws:lambda:us-east-1:111122223333:function:act'],
};
const rate: PutMetricAlarmCommandInput = {
  ...rules,
  AlarmName: 'rate',
  Metrics: [
    { Id: 'r', Expression: 'RATE(m)' },
    { Id: 'm', MetricStat: { Metric: metric, Period: 300, Stat: 'Sum' }, ReturnData: false },
  ],
};
const other = { ...root, AlarmName: 'other', MetricName: 'Other' };

type Attack = (cloudwatch: CloudWatchClient) => Promise<unknown>;
const named = (...AlarmNames: string[]) => ({ AlarmNames });

const attacks: readonly (readonly [title: string, impact: RegExp, attack: Attack])[] = [
  [
    'it is deleted',
    /do not exist: root/,
    (all) => all.send(new DeleteAlarmsCommand(named('root'))),
  ],
  [
    'its actions are disabled',
    /disabled, so they notify no one: root/,
    (all) => all.send(new DisableAlarmActionsCommand(named('root'))),
  ],
  [
    'it never rings',
    /changed: root/,
    (all) => all.send(new PutMetricAlarmCommand({ ...root, Threshold: 1000 })),
  ],
  [
    'it notifies someone else',
    /changed: root/,
    (all) => all.send(new PutMetricAlarmCommand({ ...root, AlarmActions: [`${topic}-2`] })),
  ],
  [
    'one on an expression over its metric is deleted',
    /do not exist: rate/,
    (all) => all.send(new DeleteAlarmsCommand(named('rate'))),
  ],
];

describe('an alarm on what a metric filter counts', () => {
  test.each(attacks)('is restored if %s', async (_title, _impact, attack) => {
    const account = await withTrail();
    await attack(account.mallory);

    await account.restore({ alarms: 'restore' });

    expect(await account.alarms()).toEqual(account.asCaptured);
  });

  test.each(attacks)('is only reported by default if %s', async (_title, impact, attack) => {
    const account = await withTrail();
    await attack(account.mallory);
    const attacked = await account.alarms();

    const { plan } = await account.restore({});

    expect(await account.alarms()).toEqual(attacked);
    expect(driftIn(plan)).toMatchObject([
      {
        path: 'Alarms',
        impact: {
          severity: 'high',
          losesCoverage: false,
          description: expect.stringMatching(impact),
        },
      },
    ]);
  });

  test('that does more than notify is left to people', async () => {
    const account = await withTrail();
    await account.mallory.send(new DeleteAlarmsCommand(named('acting', 'root')));

    const { verified } = await account.restore({ alarms: 'restore' });

    expect((await account.alarms()).map(({ AlarmName }) => AlarmName)).not.toContain('acting');
    expect((await account.alarms()).map(({ AlarmName }) => AlarmName)).toContain('root');
    expect(driftIn(verified)[0]?.impact.description).toMatch(/only a person can restore .*acting/);
  });

  test('is drift no more once its owner has enabled its actions again', async () => {
    const account = await withTrail();
    await account.mallory.send(new DisableAlarmActionsCommand(named('root')));
    await account.mallory.send(new EnableAlarmActionsCommand(named('root')));

    expect(driftIn((await account.restore({})).plan)).toEqual([]);
  });

  test('is not drift if it is on another metric, or was added', async () => {
    const account = await withTrail();
    await account.mallory.send(new DeleteAlarmsCommand(named('other')));
    await account.mallory.send(new PutMetricAlarmCommand({ ...root, AlarmName: 'another' }));

    expect(driftIn((await account.restore({})).plan)).toEqual([]);
  });

  test('is unknown, with the missing permission, if alarms cannot be read', async () => {
    const account = await withTrail();
    account.deny('DescribeAlarms');

    const { plan } = await account.restore({ alarms: 'restore' });

    expect(driftIn(plan)[0]?.impact.description).toContain('cloudwatch:DescribeAlarms');
    expect(await account.alarms()).toEqual(account.asCaptured);
  });

  test('is read with the permissions that trailkeeper states', async () => {
    const account = await withTrail();
    const granted = kind.permissions.observe.flatMap(({ actions }) =>
      actions.map((action) => action.replace(/.*:/, '')),
    );

    await kind.observe(account.aws, trail, new Date());

    expect(new Set(account.reads())).toEqual(new Set(granted));
  });

  test('is not protected if it cannot be read at the capture', async () => {
    const account = await withTrail();
    account.deny('DescribeAlarms');

    expect((await account.captured()).alarms).toEqual({ Alarms: null });
  });
});

test('a hundred alarms and one are read by name in two calls', async () => {
  const [alarm] = states.alarms.Alarms;
  const Alarms = Array.from({ length: 101 }, (_, i) => ({
    ...alarm,
    AlarmArn: `${alarm?.AlarmArn}-${i}`,
  }));
  const { aws, asked } = answering({ MetricAlarms: [] });

  await kind.observe(aws, trail, new Date(), { ...states, alarms: { Alarms } });

  expect(asked.map(({ input }) => (input as { AlarmNames: string[] }).AlarmNames.length)).toEqual([
    100, 1,
  ]);
});

test('a trail whose log group has no alarms costs no call', async () => {
  const { aws, asked } = answering({});

  await kind.observe(aws, trail, new Date(), { ...states, alarms: { Alarms: [] } });

  expect(asked).toEqual([]);
});

test('alarms in an account whose role trailkeeper does not have are not readable', async () => {
  const elsewhere = resourceArn.replace('111122223333', '222233334444');
  const named = { ...states.settings, CloudWatchLogsLogGroupArn: `${elsewhere}:*` };
  const { aws } = answering({});

  expect(await kind.observe(aws, trail, new Date(), { settings: named })).toEqual({
    Alarms: 'not readable',
  });
});

const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');

type Finding = Awaited<ReturnType<typeof reconcile>>['plan']['findings'][number];

const driftIn = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.flatMap((finding) =>
    finding.kind === kind.name && finding.status === 'drifted' ? finding.changes : [],
  );

async function withTrail() {
  const { calls, clientsOf, disruptions } = inProcess();
  const { cloudtrail, logsIn, alarmsIn } = clientsOf('owner');
  await logsIn('us-east-1').send(
    new PutMetricFilterCommand({
      ...{ logGroupName, filterName: 'root', filterPattern: '{ $.userIdentity.type = "Root" }' },
      metricTransformations: [{ metricName: 'Root', metricNamespace: 'Trail', metricValue: '1' }],
    }),
  );
  for (const one of [root, acting, rate, other]) {
    await alarmsIn('us-east-1').send(new PutMetricAlarmCommand(one));
  }
  await createTrailWithLogGroup(cloudtrail, trail.name, resourceArn);
  const aws = clientsOf('trailkeeper');
  const now = () => new Date();
  const captured = () => capturedBaseline(aws, trail, now());
  const baseline = await captured();
  const start = calls.length;
  const alarms = async () => {
    const { MetricAlarms = [] } = await alarmsIn('us-east-1').send(new DescribeAlarmsCommand({}));
    return MetricAlarms;
  };
  return {
    aws,
    /** What trailkeeper asked since the capture. */
    reads: () =>
      calls
        .slice(start)
        .filter(({ principal }) => principal.endsWith('/trailkeeper'))
        .map(({ operation }) => operation),
    mallory: clientsOf('mallory').alarmsIn('us-east-1'),
    alarms,
    asCaptured: await alarms(),
    captured: async () => (await captured()).states,
    deny: (operation: string) =>
      disruptions.faults.push({
        ...{ service: 'monitoring', operation, error: 'AccessDenied', times: 1 },
      }),
    restore: (policy: Policy) =>
      reconcile(
        { ...baseline, policy },
        { kinds, aws, mode: 'enforce', now, sleep: async () => {}, readLagMs: 0 },
      ),
  };
}
