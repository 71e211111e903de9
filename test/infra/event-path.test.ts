import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { rulesOf } from '#deployment/event-rules.ts';
import { accountRegionsOf, stackOf, type Topology } from '#deployment/topology.ts';
import { arnOf, asLists, guardIn, type Properties, propertiesOf, stacksIn } from './app.ts';

const { observe, everything } = inject('cdkOut');
const shipped = guardIn(observe);
const whole = guardIn(everything);

const layouts: Readonly<Record<string, Topology>> = {
  [observe]: {
    account: '111122223333',
    region: 'us-east-1',
    homeRegions: ['us-east-1'],
    delegatedAdministrators: [],
    mapping: 'the-mapping',
  },
  [everything]: {
    account: '111122223333',
    region: 'eu-central-1',
    homeRegions: ['eu-central-1', 'eu-west-1'],
    delegatedAdministrators: ['222233334444', '333344445555'],
    signingKey: 'the-key',
    mapping: 'the-mapping',
  },
};

/** All rules of an app, with the template that each is in. */
const rulesIn = (cdkOut: string) =>
  stacksIn(cdkOut).flatMap(({ name, template }) =>
    propertiesOf(template, 'AWS::Events::Rule').map((rule) => ({ stack: name, template, rule })),
  );
const all = [...rulesIn(observe), ...rulesIn(everything)];

/** A pattern with the ids of the signing key and the mapping, which are known only after the deployment. */
function resolved(
  pattern: Properties,
  template: Template,
  { signingKey, mapping }: Topology,
): Properties {
  const Ref = Object.keys(template.findResources('AWS::KMS::Key'))[0];
  const wildcard = { 'Fn::Join': ['', ['*', { Ref }, '*']] };
  const [id] = Object.keys(template.findResources('AWS::Lambda::EventSourceMapping'));
  const text = JSON.stringify(pattern)
    .replaceAll(JSON.stringify(wildcard), `"*${signingKey}*"`)
    .replaceAll(JSON.stringify({ Ref: id }), `"${mapping}"`);
  return JSON.parse(text);
}

describe('a rule', () => {
  test('is deployed as it is declared, where it is declared, and no other is', () => {
    for (const [cdkOut, layout] of Object.entries(layouts)) {
      const declared = accountRegionsOf(layout).flatMap((place) =>
        rulesOf(place, layout).map(({ name, bus, pattern }) => [
          stackOf(place, layout),
          bus,
          name,
          pattern,
        ]),
      );
      const deployed = rulesIn(cdkOut).map(({ stack, template, rule }) => {
        const { EventBusName, Name, EventPattern } = rule;
        if (EventBusName !== undefined) expect(EventBusName).toEqual(ownBus(template));
        const bus = EventBusName ? 'trailkeeper' : 'default';
        return [stack, bus, Name, resolved(EventPattern, template, layout)];
      });

      expect(deployed.toSorted(byText)).toEqual(declared.toSorted(byText));
    }
  });

  test('is ENABLED: it hears writes alone, and that is all that changes a trail', () => {
    for (const { rule } of all) expect(rule.State, rule.Name).toBe('ENABLED');
  });

  test('offers an event for a day to each of its targets, and keeps it if it can not be handed over', () => {
    for (const { template, rule } of all) {
      expect(rule.Targets, rule.Name).not.toHaveLength(0);
      for (const target of rule.Targets) {
        expect(target).toMatchObject({
          DeadLetterConfig: { Arn: arnOf(template, 'AWS::SQS::Queue') },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        });
      }
    }
  });

  test('has no more targets than EventBridge takes', () => {
    for (const { rule } of all) expect(rule.Targets.length, rule.Name).toBeLessThanOrEqual(5);
  });

  test('has a pattern within the quota of EventBridge', () => {
    // Source: EventBridge user guide, "Quotas": the size of an event pattern.
    for (const { rule } of all) {
      expect(JSON.stringify(rule.EventPattern).length, rule.Name).toBeLessThanOrEqual(2048);
    }
  });

  test.each([
    ['as it ships', observe],
    ['with everything', everything],
  ])(
    'may put what it could not deliver into the queue, and nobody else may, %s',
    (_what, cdkOut) => {
      for (const { account, region, template } of stacksIn(cdkOut)) {
        const [{ PolicyDocument }] = propertiesOf(template, 'AWS::SQS::QueuePolicy') as [
          Properties,
        ];
        const sending = PolicyDocument.Statement.map(asLists).filter(
          ({ Effect, Action }: Properties) =>
            Effect === 'Allow' && Action.includes('sqs:SendMessage'),
        );
        const rules = ['rule/Trailkeeper-*', 'rule/trailkeeper/Trailkeeper-*'];

        expect(sending).toMatchObject([
          { Principal: { Service: 'events.amazonaws.com' }, Action: ['sqs:SendMessage'] },
        ]);
        expect(JSON.stringify(sending[0].Condition.ArnLike['aws:SourceArn'])).toBe(
          JSON.stringify(
            rules.map((rule) => ({
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, `:events:${region}:${account}:${rule}`],
              ],
            })),
          ),
        );
      }
    },
  );
});

describe('what changes a trail', () => {
  test.each([
    ['as it ships', shipped],
    ['with everything', whole],
  ])('goes by way of the own bus to the function that restores, %s', (_what, template) => {
    const targets = (name: string) =>
      ruleOf(template, name).Targets.map(({ Arn }: Properties) => Arn);

    expect(targets('Trailkeeper-Trail-cloudtrail')).toEqual([expect.stringMatching(busArn)]);
    expect(targets('Trailkeeper-Trail')).toEqual([functionArn(template, 'Remediate')]);
    expect(ruleOf(template, 'Trailkeeper-Trail').EventBusName).toEqual(ownBus(template));
  });

  test('is heard of the organization where that is recorded', () => {
    expect(names(shipped)).toContain('Trailkeeper-Trail-organizations');
    expect(names(whole)).not.toContain('Trailkeeper-Trail-organizations');
  });
});

describe('what trailkeeper says of itself', () => {
  test('goes from the own bus to the function that tells people, and nobody else says it', () => {
    for (const template of [shipped, whole]) {
      const rule = ruleOf(template, 'Trailkeeper-Alert');

      expect(rule.EventBusName).toEqual(ownBus(template));
      expect(rule.EventPattern.source).toEqual(['trailkeeper']);
      expect(rule.Targets.map(({ Arn }: Properties) => Arn)).toEqual([
        functionArn(template, 'Alert'),
      ]);
    }
  });
});

describe('what changes trailkeeper itself', () => {
  const tampering = (template: Template) =>
    propertiesOf(template, 'AWS::Events::Rule').filter(({ Name }) =>
      Name.startsWith('Trailkeeper-Tamper'),
    );

  test('is told to people by the rule itself, past every function, and to the function that watches', () => {
    for (const template of [shipped, whole]) {
      for (const { Name, Targets } of tampering(template)) {
        expect(
          Targets.map(({ Arn }: Properties) => Arn),
          Name,
        ).toEqual([{ Ref: expect.stringMatching(/^Alarms/) }, functionArn(template, 'SelfCheck')]);
      }
    }
  });

  test('does not run through the own bus, which may be what was cut, where it is recorded in the main Region', () => {
    for (const template of [shipped, whole]) {
      const onOwnBus = tampering(template).filter(({ EventBusName }) => EventBusName !== undefined);
      expect(onOwnBus.map(({ Name }) => Name)).toEqual(['Trailkeeper-Tamper']);
    }
  });

  test('is told in words: which call, on what, by whom, when and where', () => {
    const [topic, watch] = ruleOf(shipped, 'Trailkeeper-Tamper-events').Targets;

    expect(Object.values(topic.InputTransformer.InputPathsMap)).toEqual(
      expect.arrayContaining([
        '$.account',
        '$.detail.errorCode',
        '$.detail.eventID',
        '$.detail.eventName',
        '$.detail.eventSource',
        '$.detail.eventTime',
        '$.detail.requestParameters.functionName',
        '$.detail.requestParameters.rule',
        '$.detail.sourceIPAddress',
        '$.detail.userIdentity.arn',
        '$.detail.userIdentity.invokedBy',
        '$.region',
      ]),
    );
    for (const line of topic.InputTransformer.InputTemplate.split('\n')) {
      expect(line).toMatch(/^".*"$/);
    }
    expect(watch.InputTransformer).toBeUndefined();
  });

  test('is told without names and addresses where principals are told as pseudonyms', () => {
    const [topic] = ruleOf(whole, 'Trailkeeper-Tamper-events').Targets;
    const paths = Object.values(topic.InputTransformer.InputPathsMap);

    expect(paths).toContain('$.detail.eventName');
    expect(paths.filter((path) => /userIdentity|sourceIPAddress/.test(String(path)))).toEqual([]);
  });
});

describe('a function', () => {
  test.each([
    ['as it ships', shipped],
    ['with everything', whole],
  ])(
    'may be started by the rules that have it as a target, and by no other, %s',
    (_what, template) => {
      const permissions = propertiesOf(template, 'AWS::Lambda::Permission');
      const targeting = Object.entries(template.findResources('AWS::Events::Rule')).flatMap(
        ([id, { Properties: rule }]) =>
          rule.Targets.map(({ Arn }: Properties) => Arn['Fn::GetAtt']?.[0])
            .filter((fn: string | undefined) => fn !== undefined)
            .map((fn: string) => `${id} ${fn}`),
      );

      expect(targeting.length).toBeGreaterThan(10);
      expect(
        permissions
          .map(({ SourceArn, FunctionName }) =>
            [SourceArn, FunctionName].map((arn) => arn['Fn::GetAtt'][0]).join(' '),
          )
          .toSorted(),
      ).toEqual(targeting.toSorted());
      for (const { Action, Principal } of permissions) {
        expect([Action, Principal]).toEqual(['lambda:InvokeFunction', 'events.amazonaws.com']);
      }
    },
  );

  test('whose invocation failed for the last time leaves it in the queue', () => {
    for (const template of [shipped, whole]) {
      template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 6);
      template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: arnOf(template, 'AWS::SQS::Queue') } },
      });
    }
  });
});

describe('the own bus', () => {
  test('has a name that the forwarders know', () => {
    for (const template of [shipped, whole]) {
      template.resourcePropertiesCountIs('AWS::Events::EventBus', { Name: 'trailkeeper' }, 1);
    }
  });

  test.each([
    ['as it ships', shipped, 90],
    ['with everything', whole, 30],
  ])('keeps the events about trails to replay them, %s', (_what, template, RetentionDays) => {
    template.resourceCountIs('AWS::Events::Archive', 1);
    template.hasResourceProperties('AWS::Events::Archive', {
      SourceArn: arnOf(template, 'AWS::Events::EventBus'),
      EventPattern: {
        source: ['organizations', 'cloudtrail', 'iam', 's3', 'kms', 'sns', 'logs'].map(
          (service) => `aws.${service}`,
        ),
      },
      RetentionDays,
    });
  });

  test('takes events from the delegated administrators, as long as they are of the organization', () => {
    whole.resourceCountIs('AWS::Events::EventBusPolicy', 1);
    whole.hasResourceProperties('AWS::Events::EventBusPolicy', {
      EventBusName: { Ref: Match.stringLikeRegexp('^Bus') },
      Statement: {
        Effect: 'Allow',
        Principal: {
          AWS: ['222233334444', '333344445555'].map((account) => ({
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${account}:root`]],
          })),
        },
        Action: 'events:PutEvents',
        Resource: arnOf(whole, 'AWS::Events::EventBus'),
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      },
    });
  });

  test('takes no event from another account where there is no delegated administrator', () => {
    shipped.resourceCountIs('AWS::Events::EventBusPolicy', 0);
  });
});

describe('a schedule', () => {
  test.each([
    ['as it ships', shipped, '1 minute'],
    ['with everything', whole, '10 minutes'],
  ])('starts the sweep at the configured rate, and the self-check, %s', (_what, template, rate) => {
    const schedules = propertiesOf(template, 'AWS::Scheduler::Schedule').map(
      ({ Name, State, ScheduleExpression, Target }) => [
        Name,
        State,
        ScheduleExpression,
        Target.Arn,
        Target.Input,
      ],
    );

    expect(schedules.toSorted(byText)).toEqual([
      [
        'Trailkeeper-SelfCheck',
        'ENABLED',
        'rate(5 minutes)',
        functionArn(template, 'SelfCheck'),
        '{}',
      ],
      ['Trailkeeper-Sweep', 'ENABLED', `rate(${rate})`, functionArn(template, 'Sweep'), '{}'],
    ]);
  });

  test('that could not start its function leaves that in the queue', () => {
    shipped.allResourcesProperties('AWS::Scheduler::Schedule', {
      Target: { DeadLetterConfig: { Arn: arnOf(shipped, 'AWS::SQS::Queue') } },
    });
  });
});

const byText = (one: unknown, other: unknown) =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
const busArn = /^arn:aws:events:[a-z0-9-]+:111122223333:event-bus\/trailkeeper$/;
const ownBus = (template: Template) => ({
  Ref: Object.keys(template.findResources('AWS::Events::EventBus'))[0],
});
const functionArn = (template: Template, id: string) =>
  arnOf(template, 'AWS::Lambda::Function', id);
const names = (template: Template) =>
  propertiesOf(template, 'AWS::Events::Rule').map(({ Name }) => Name);
const ruleOf = (template: Template, name: string): Properties =>
  propertiesOf(template, 'AWS::Events::Rule').find(({ Name }) => Name === name);
