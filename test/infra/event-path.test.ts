import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import { rulesOf } from '#deployment/event-rules.ts';
import { deployedTogether, stackOf, type Topology } from '#deployment/topology.ts';
import { everything as configuration } from '../support/synthesized.ts';
import { arnOf, asLists, mainTemplateIn, type Properties, propertiesOf, stacksIn } from './app.ts';

const { observe, everything } = inject('cdkOut');
const shipped = mainTemplateIn(observe);
const whole = mainTemplateIn(everything);

const layouts: Readonly<Record<string, Topology>> = {
  [observe]: {
    account: '111122223333',
    region: 'us-east-1',
    homeRegions: ['us-east-1'],
    delegatedAdministrators: [],
    mappings: ['the-mapping'],
  },
  [everything]: {
    account: '111122223333',
    region: 'eu-central-1',
    homeRegions: ['eu-central-1', 'eu-west-1'],
    delegatedAdministrators: ['222233334444', '333344445555'],
    dependencyAccounts: configuration.dependencyAccounts.map(({ account }) => ({
      account,
      regions: ['eu-central-1', 'eu-west-1', 'us-east-1'],
    })),
    signingKey: configuration.signing.key.split('/').at(-1) ?? '',
    recovers: true,
    mappings: ['the-mapping'],
  },
};

/** All rules of an app, each with its template. */
const rulesIn = (cdkOut: string) =>
  stacksIn(cdkOut).flatMap(({ name, template }) =>
    propertiesOf(template, 'AWS::Events::Rule').map((rule) => ({ stack: name, template, rule })),
  );
const all = [...rulesIn(observe), ...rulesIn(everything)];

/** A pattern with a placeholder for the ID of the mapping, which exists only after the deployment. */
function resolved(
  pattern: Properties,
  template: Template,
  { mappings = [] }: Topology,
): Properties {
  const [id] = Object.keys(template.findResources('AWS::Lambda::EventSourceMapping'));
  const text = JSON.stringify(pattern).replaceAll(
    JSON.stringify({ Ref: id }),
    JSON.stringify(mappings[0]),
  );
  return JSON.parse(text);
}

describe('a rule', () => {
  test('is deployed where and as it is declared, and there is no other rule', () => {
    for (const [cdkOut, layout] of Object.entries(layouts)) {
      const declared = deployedTogether(layout).flatMap((place) =>
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

  test('is ENABLED, so it matches writes only', () => {
    for (const { rule } of all) expect(rule.State, rule.Name).toBe('ENABLED');
  });

  test('retries each target for a day, then sends the event to the dead-letter queue', () => {
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

  test('has at most as many targets as EventBridge allows', () => {
    for (const { rule } of all) expect(rule.Targets.length, rule.Name).toBeLessThanOrEqual(5);
  });

  test('has a pattern within the quota of EventBridge', () => {
    // Source: EventBridge User Guide, "Quotas": the size of an event pattern.
    for (const { rule } of all) {
      expect(JSON.stringify(rule.EventPattern).length, rule.Name).toBeLessThanOrEqual(2048);
    }
  });

  test.each([
    ['as it ships', observe],
    ['with everything', everything],
  ])(
    'may put what it could not deliver into the queue, and no one else may, %s',
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

describe('a call that changes a trail', () => {
  test.each([
    ['as it ships', shipped],
    ['with everything', whole],
  ])('reaches remediate through our bus, %s', (_what, template) => {
    const targets = (name: string) =>
      ruleOf(template, name).Targets.map(({ Arn }: Properties) => Arn);

    expect(targets('Trailkeeper-Trail-cloudtrail')).toEqual([expect.stringMatching(busArn)]);
    expect(targets('Trailkeeper-Trail')).toEqual([functionArn(template, 'Remediate')]);
    expect(ruleOf(template, 'Trailkeeper-Trail').EventBusName).toEqual(ownBus(template));
  });

  test('is matched in the Region that records calls to Organizations', () => {
    expect(names(shipped)).toContain('Trailkeeper-Trail-organizations');
    expect(names(whole)).not.toContain('Trailkeeper-Trail-organizations');
  });
});

describe('an event of trailkeeper', () => {
  test('reaches the alert function from our bus', () => {
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

describe('a call that changes trailkeeper itself', () => {
  const tampering = (template: Template) =>
    propertiesOf(template, 'AWS::Events::Rule').filter(({ Name }) =>
      Name.startsWith('Trailkeeper-Tamper'),
    );

  test('reaches the topic without a function, unless CloudFormation made it, and the self-check', () => {
    for (const template of [shipped, whole]) {
      for (const { Name, Targets } of tampering(template)) {
        const topic = { Ref: expect.stringMatching(/^Alarms/) };
        expect(
          Targets.map(({ Arn }: Properties) => Arn),
          Name,
        ).toEqual([
          ...(Name.startsWith('Trailkeeper-TamperByStack') ? [] : [topic]),
          functionArn(template, 'SelfCheck'),
        ]);
      }
    }
  });

  test('does not pass our bus in the main Region, because the bus may be what was changed', () => {
    const onOwnBus = (template: Template) =>
      tampering(template)
        .filter(({ EventBusName }) => EventBusName !== undefined)
        .map(({ Name }) => Name);

    const together = ['Trailkeeper-Tamper', 'Trailkeeper-TamperByStack'];
    expect(onOwnBus(shipped)).toEqual(together);
    expect(onOwnBus(whole)).toEqual([...together, 'Trailkeeper-Tamper-Dependencies'].toSorted());
  });

  test('has a message with the remedy in the account of a dependency', () => {
    const { Targets } = ruleOf(whole, 'Trailkeeper-Tamper-Dependencies');
    const template = Targets.map(({ InputTransformer }: Properties) => InputTransformer)
      .filter(Boolean)
      .map(({ InputTemplate }: Properties) => InputTemplate)
      .join();

    expect(template).toContain('npx --no -- trailkeeper deploy --dependencies <account>');
    expect(template).not.toContain('cdk deploy --all');
  });

  test('is a message with call, resource, actor, time and place', () => {
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

  test('has no principal or address if alerts leave principals out', () => {
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
      // That of a function URL is stated in slack-endpoint.test.ts.
      const permissions = propertiesOf(template, 'AWS::Lambda::Permission').filter(
        ({ Principal }) => Principal !== '*',
      );
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

  test('sends an invocation that failed for the last time to the dead-letter queue', () => {
    for (const template of [shipped, whole]) {
      const functions = propertiesOf(template, 'AWS::Lambda::Function').length;
      template.resourceCountIs('AWS::Lambda::EventInvokeConfig', functions);
      template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: arnOf(template, 'AWS::SQS::Queue') } },
      });
    }
  });
});

describe('our bus', () => {
  test('has the name that forwarders use', () => {
    for (const template of [shipped, whole]) {
      template.resourcePropertiesCountIs('AWS::Events::EventBus', { Name: 'trailkeeper' }, 1);
    }
  });

  test.each([
    ['as it ships', shipped, 90],
    ['with everything', whole, 30],
  ])('archives the events about trails, %s', (_what, template, RetentionDays) => {
    template.resourceCountIs('AWS::Events::Archive', 1);
    template.hasResourceProperties('AWS::Events::Archive', {
      SourceArn: arnOf(template, 'AWS::Events::EventBus'),
      EventPattern: {
        source: [
          'organizations',
          'cloudtrail',
          'iam',
          's3',
          'kms',
          'sns',
          'logs',
          'monitoring',
        ].map((service) => `aws.${service}`),
      },
      RetentionDays,
    });
  });

  test('accepts events from other accounts only if they are named and of the organization', () => {
    whole.resourceCountIs('AWS::Events::EventBusPolicy', 1);
    whole.hasResourceProperties('AWS::Events::EventBusPolicy', {
      EventBusName: { Ref: Match.stringLikeRegexp('^Bus') },
      Statement: {
        Effect: 'Allow',
        Principal: {
          AWS: ['222233334444', '333344445555', '444455556666'].map((account) => ({
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${account}:root`]],
          })),
        },
        Action: 'events:PutEvents',
        Resource: arnOf(whole, 'AWS::Events::EventBus'),
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      },
    });
  });

  test('accepts no event from another account if there is no delegated administrator', () => {
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

  test('sends an invocation that failed to start to the dead-letter queue', () => {
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
