import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { asLists, guardIn, idOf, type Properties, propertiesOf, synthesized } from './app.ts';

const shipped = guardIn(inject('cdkOut').observe);
const whole = guardIn(inject('cdkOut').everything);
const both = [
  ['as it ships', shipped],
  ['with everything', whole],
] as const;

const alarmsIn = (template: Template) => propertiesOf(template, 'AWS::CloudWatch::Alarm');
const operations = readFileSync('docs/operations.md', 'utf8');
const about = (metric: string, template = shipped) =>
  alarmsIn(template).filter(({ MetricName }) => MetricName === metric);

test('as many alarms, on as many metrics of its own, as the cost in the documentation counts', () => {
  const counted = (what: string) =>
    Number(new RegExp(`^\\| (\\d+) ${what} \\|`, 'm').exec(operations)?.[1]);
  const own = alarmsIn(shipped).filter(({ Namespace }) => Namespace === 'trailkeeper');

  expect(counted('alarms')).toBe(alarmsIn(shipped).length);
  expect(counted('metrics of its own')).toBe(new Set(own.map(({ MetricName }) => MetricName)).size);
});

describe('an alarm', () => {
  test('rings where no sweep has come to its end: missing data is bad news', () => {
    expect(about('Heartbeat')).toMatchObject([
      {
        Namespace: 'trailkeeper',
        Dimensions: [{ Name: 'service', Value: 'trailkeeper' }],
        Statistic: 'Sum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
    ]);
  });

  test('waits for five minutes and at least three sweeps that do not come', async () => {
    const slower = guardIn(await synthesized({ sweepEvery: '1 hour' }));

    expect(about('Heartbeat')).toMatchObject([{ Period: 5 * 60, EvaluationPeriods: 1 }]);
    expect(about('Heartbeat', whole)).toMatchObject([{ Period: 30 * 60, EvaluationPeriods: 1 }]);
    expect(about('Heartbeat', slower)).toMatchObject([{ Period: 3 * 60 * 60 }]);
  });

  test.each([
    ['as it ships', shipped, 1],
    ['with everything, where two trails are named', whole, 2],
  ])('rings where fewer trails are guarded than must be, %s', (_what, template, Threshold) => {
    expect(about('TrailsGuarded', template)).toMatchObject([
      {
        Namespace: 'trailkeeper',
        Dimensions: [{ Name: 'service', Value: 'trailkeeper' }],
        Statistic: 'Maximum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      },
    ]);
  });

  test('rings where a part of trailkeeper is not as deployed, or nobody has looked: missing data is bad news', () => {
    for (const [, template] of both) {
      expect(about('WiringFaults', template)).toMatchObject([
        {
          Namespace: 'trailkeeper',
          Dimensions: [{ Name: 'service', Value: 'trailkeeper' }],
          Statistic: 'Maximum',
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          Threshold: 1,
          Period: 15 * 60,
          EvaluationPeriods: 1,
          TreatMissingData: 'breaching',
        },
      ]);
    }
  });

  test.each([
    ['a trail that stays out of sync', 'TrailsOutOfSync', 'Minimum', 1],
    ['what the table says that nobody has signed', 'TableFaults', 'Maximum', 1],
    ['what lies in the dead-letter queue', 'ApproximateNumberOfMessagesVisible', 'Maximum', 1],
    ['errors of each function', 'Errors', 'Sum', 6],
    ['throttles of each function', 'Throttles', 'Sum', 6],
    ['events that Lambda dropped of each function', 'AsyncEventsDropped', 'Sum', 6],
  ])('rings for %s, once there is one', (_what, metric, Statistic, count) => {
    const found = about(metric);

    expect(new Set(found.map(({ Dimensions }) => JSON.stringify(Dimensions))).size).toBe(count);
    expect(found).toHaveLength(count);
    for (const alarm of found) {
      expect(alarm).toMatchObject({
        Statistic,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      });
    }
  });

  test('rings when what is written to the table is told half an hour late', () => {
    expect(about('IteratorAge')).toMatchObject([
      { Threshold: 30 * 60 * 1000, Statistic: 'Maximum', TreatMissingData: 'notBreaching' },
    ]);
  });

  test.each(both)('tells the topic when it rings and when it is over, %s', (_what, template) => {
    const told = [{ Ref: idOf(template, 'AWS::SNS::Topic') }];

    for (const { AlarmActions, OKActions, ActionsEnabled = true } of alarmsIn(template)) {
      expect([AlarmActions, OKActions, ActionsEnabled]).toEqual([told, told, true]);
    }
  });

  test('is explained to whoever is on duty', () => {
    for (const id of Object.keys(whole.findResources('AWS::CloudWatch::Alarm'))) {
      expect(operations).toContain(`\`${id.replace(/Alarm[0-9A-F]{8}$/, '')}\``);
    }
  });

  test('says what to do', () => {
    for (const { AlarmDescription } of alarmsIn(whole)) {
      expect(AlarmDescription).toMatch(/log|npx cdk deploy|sweep/);
      expect(AlarmDescription.length).toBeGreaterThan(40);
    }
  });
});

describe('the topic', () => {
  const policyOf = (template: Template) =>
    propertiesOf(template, 'AWS::SNS::TopicPolicy').flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.map(asLists),
    );

  test('takes messages over TLS alone', () => {
    expect(policyOf(shipped)).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: ['sns:Publish'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test('has no key that somebody could disable', () => {
    for (const [, template] of both) {
      expect(propertiesOf(template, 'AWS::SNS::Topic')[0].KmsMasterKeyId).toBeUndefined();
    }
  });

  test('is read by each e-mail address that is configured', () => {
    const subscriptions = propertiesOf(whole, 'AWS::SNS::Subscription');

    expect(subscriptions).toEqual(
      ['security@example.com', 'duty@example.com'].map((Endpoint) => ({
        Protocol: 'email',
        Endpoint,
        TopicArn: { Ref: idOf(whole, 'AWS::SNS::Topic') },
      })),
    );
  });

  test('is read by nobody unless that is configured', () => {
    shipped.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

describe('the dashboard', () => {
  const widgetsOf = (template: Template): Properties[] => {
    const [{ DashboardBody }] = propertiesOf(template, 'AWS::CloudWatch::Dashboard') as [
      Properties,
    ];
    const [separator, parts] = DashboardBody['Fn::Join'];
    const text = parts.map((part: Properties) =>
      typeof part === 'string' ? part : (part.Ref ?? part['Fn::GetAtt'].join('.')),
    );
    return JSON.parse(text.join(separator)).widgets;
  };

  test.each(both)('shows each alarm, %s', (_what, template) => {
    const shown = widgetsOf(template).flatMap(({ properties }) => properties.alarms ?? []);

    expect(shown.toSorted()).toEqual(
      Object.keys(template.findResources('AWS::CloudWatch::Alarm'))
        .map((id) => `${id}.Arn`)
        .toSorted(),
    );
  });

  test.each(both)('shows each metric that an alarm rings for, %s', (_what, template) => {
    const shown = new Set(
      widgetsOf(template).flatMap(({ properties }) =>
        (properties.metrics ?? []).map((metric: unknown[]) =>
          metric.filter((part) => typeof part === 'string').join(' '),
        ),
      ),
    );

    for (const { Namespace, MetricName, Dimensions } of alarmsIn(template)) {
      const [{ Name, Value }] = Dimensions;
      const value = Value.Ref ?? Value['Fn::GetAtt']?.join('.') ?? Value;
      expect(shown).toContain(`${Namespace} ${MetricName} ${Name} ${value}`);
    }
    expect(shown).toContain('trailkeeper TrailsGuarded service trailkeeper');
  });

  test('shows the last lines of the log of each function', () => {
    const query = widgetsOf(shipped).find(({ type }) => type === 'log')?.properties.query;

    for (const id of Object.keys(shipped.findResources('AWS::Logs::LogGroup'))) {
      expect(query).toContain(`SOURCE '${id}'`);
    }
  });
});
