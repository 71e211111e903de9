import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { asLists, idOf, mainTemplateIn, type Properties, propertiesOf } from './app.ts';

const shipped = mainTemplateIn(inject('cdkOut').observe);
const whole = mainTemplateIn(inject('cdkOut').everything);
const both = [
  ['as it ships', shipped],
  ['with everything', whole],
] as const;

const alarmsIn = (template: Template) => propertiesOf(template, 'AWS::CloudWatch::Alarm');
const operations = readFileSync('docs/operations.md', 'utf8');
const about = (metric: string, template = shipped) =>
  alarmsIn(template).filter(({ MetricName }) => MetricName === metric);

test('the cost in the documentation counts the alarms and the custom metrics', () => {
  const counted = (what: string) =>
    Number(new RegExp(`^\\| (\\d+) ${what} \\|`, 'm').exec(operations)?.[1]);
  const own = alarmsIn(shipped).filter(({ Namespace }) => Namespace === 'trailkeeper');

  expect(counted('alarms')).toBe(alarmsIn(shipped).length);
  expect(counted('custom metrics')).toBe(new Set(own.map(({ MetricName }) => MetricName)).size);
});

describe('an alarm', () => {
  test('rings if no sweep has finished; missing data breaches', () => {
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

  test('waits for five minutes and at least three missing sweeps', () => {
    expect(about('Heartbeat')).toMatchObject([{ Period: 5 * 60, EvaluationPeriods: 1 }]);
    expect(about('Heartbeat', whole)).toMatchObject([{ Period: 30 * 60, EvaluationPeriods: 1 }]);
  });

  test.each([
    ['as it ships', shipped, 1],
    ['with two configured trails', whole, 2],
  ])('rings if fewer trails are protected than configured, %s', (_what, template, Threshold) => {
    expect(about('TrailsProtected', template)).toMatchObject([
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

  test('rings if a resource differs from the deployment; missing data breaches', () => {
    for (const [, template] of both) {
      expect(about('IntegrityFaults', template)).toMatchObject([
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
    ['unsigned rows of the state table', 'TableFaults', 'Maximum', 1],
    ['a message in the dead-letter queue', 'ApproximateNumberOfMessagesVisible', 'Maximum', 1],
    ['errors of each function', 'Errors', 'Sum', 6],
    ['throttles of a function without a heartbeat', 'Throttles', 'Sum', 3],
    ['dropped events of a function without a heartbeat', 'AsyncEventsDropped', 'Sum', 3],
  ])('rings for %s', (_what, metric, Statistic, count) => {
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

  test('rings if a write to the state table is reported 30 minutes late', () => {
    expect(about('IteratorAge')).toMatchObject([
      { Threshold: 30 * 60 * 1000, Statistic: 'Maximum', TreatMissingData: 'notBreaching' },
    ]);
  });

  test('rings for three refused requests to the URL for Slack, if there is one, and not for one', () => {
    expect(about('RequestsRefused')).toEqual([]);
    expect(about('RequestsRefused', whole)).toMatchObject([
      {
        ...{ Statistic: 'Sum', Period: 15 * 60, EvaluationPeriods: 1, Threshold: 3 },
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
    ]);
  });

  test.each(both)('notifies the topic when it rings and when it is over, %s', (_what, template) => {
    const topic = [{ Ref: idOf(template, 'AWS::SNS::Topic') }];

    for (const { AlarmActions, OKActions, ActionsEnabled = true } of alarmsIn(template)) {
      expect([AlarmActions, OKActions, ActionsEnabled]).toEqual([topic, topic, true]);
    }
  });

  test('is explained in docs/operations.md', () => {
    for (const id of Object.keys(whole.findResources('AWS::CloudWatch::Alarm'))) {
      expect(operations).toContain(`\`${id.replace(/Alarm[0-9A-F]{8}$/, '')}\``);
    }
  });

  test('says what to do', () => {
    for (const { AlarmDescription } of alarmsIn(whole)) {
      expect(AlarmDescription).toMatch(/\b(Check|Run|Set|run)\b/);
      expect(AlarmDescription.length).toBeGreaterThan(40);
    }
  });
});

describe('the topic', () => {
  const policyOf = (template: Template) =>
    propertiesOf(template, 'AWS::SNS::TopicPolicy').flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.map(asLists),
    );

  test('accepts messages over TLS only', () => {
    expect(policyOf(shipped)).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: ['sns:Publish'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test('has no customer-managed key, which can be disabled', () => {
    for (const [, template] of both) {
      expect(propertiesOf(template, 'AWS::SNS::Topic')[0].KmsMasterKeyId).toBeUndefined();
    }
  });

  test('has each configured email address as subscriber', () => {
    const subscriptions = propertiesOf(whole, 'AWS::SNS::Subscription');

    expect(subscriptions).toEqual(
      ['security@example.com', 'duty@example.com'].map((Endpoint) => ({
        Protocol: 'email',
        Endpoint,
        TopicArn: { Ref: idOf(whole, 'AWS::SNS::Topic') },
      })),
    );
  });

  test('has no subscriber by default', () => {
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

  test('shows each alarm', () => {
    const shown = widgetsOf(whole).flatMap(({ properties }) => properties.alarms ?? []);

    expect(shown.toSorted()).toEqual(
      Object.keys(whole.findResources('AWS::CloudWatch::Alarm'))
        .map((id) => `${id}.Arn`)
        .toSorted(),
    );
  });

  test('shows the metric of each alarm', () => {
    const shown = new Set(
      widgetsOf(whole).flatMap(({ properties }) =>
        (properties.metrics ?? []).map((metric: unknown[]) =>
          metric.filter((part) => typeof part === 'string').join(' '),
        ),
      ),
    );

    for (const { Namespace, MetricName, Dimensions } of alarmsIn(whole)) {
      const [{ Name, Value }] = Dimensions;
      const value = Value.Ref ?? Value['Fn::GetAtt']?.join('.') ?? Value;
      expect(shown).toContain(`${Namespace} ${MetricName} ${Name} ${value}`);
    }
    expect(shown).toContain('trailkeeper TrailsProtected service trailkeeper');
  });

  test('shows the last lines of the log of each function', () => {
    const query = widgetsOf(whole).find(({ type }) => type === 'log')?.properties.query;

    for (const id of Object.keys(whole.findResources('AWS::Logs::LogGroup'))) {
      expect(query).toContain(`SOURCE '${id}'`);
    }
  });
});
