import { describe, expect, test } from 'vitest';
import { rulesOf } from '#deployment/event-rules.ts';
import { tamperPatterns } from '#deployment/tamper-patterns.ts';
import { tamperedPart } from '#deployment/tampered-part.ts';
import type { Topology } from '#deployment/topology.ts';
import { matchesPattern } from '#sandbox/event-pattern.ts';

const layout: Topology = {
  account: '111122223333',
  region: 'eu-central-1',
  homeRegions: ['eu-central-1'],
  delegatedAdministrators: [],
  recovers: true,
  signingKey: '1f0e5c1a-6a1c-4c5e-9d3c-000000000001',
  mappings: ['1f0e5c1a-6a1c-4c5e-9d3c-000000000002', '1f0e5c1a-6a1c-4c5e-9d3c-000000000003'],
};

/** The event that EventBridge delivers for a call that CloudTrail recorded. */
const call = (service: string, eventName: string, requestParameters: object) => ({
  source: `aws.${service}`,
  'detail-type': 'AWS API Call via CloudTrail',
  account: '111122223333',
  region: 'eu-central-1',
  detail: {
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: 'eu-central-1',
    requestParameters,
  },
});
const isTampering = (event: object): boolean =>
  tamperPatterns(layout).some(([, pattern]) => matchesPattern(pattern, event));

const log = { logGroupName: 'Trailkeeper-SweepLog0A1B2C3D-x' };
const stack = { stackName: 'Trailkeeper' };
const machine = 'arn:aws:states:eu-central-1:111122223333:stateMachine:Trailkeeper-Recovery';
const key = { keyId: `arn:aws:kms:eu-central-1:111122223333:key/${layout.signingKey}` };

describe('the tamper rules', () => {
  // CloudTrail records the field UUID of these calls as uUID, with the API version in the name.
  test.each([
    ['DeleteEventSourceMapping20150331', { uUID: layout.mappings?.[0] }],
    ['UpdateEventSourceMapping20150331', { uUID: layout.mappings?.[1], enabled: false }],
    ['UpdateEventSourceMapping', { uuid: layout.mappings?.[1] }],
  ])('match %s, which names a mapping only by its ID', (eventName, parameters) => {
    expect(isTampering(call('lambda', eventName, parameters))).toBe(true);
  });

  test('do not match a change of another mapping', () => {
    const parameters = { uUID: '1f0e5c1a-6a1c-4c5e-9d3c-00000000beef' };

    expect(isTampering(call('lambda', 'DeleteEventSourceMapping20150331', parameters))).toBe(false);
  });

  test.each([
    ['kms', 'Sign', key],
    ['kms', 'Verify', key],
    ['logs', 'FilterLogEvents', log],
    ['logs', 'StartQuery', log],
    ['logs', 'StartLiveTail', { logGroupIdentifier: `arn:aws:logs:…:${log.logGroupName}` }],
    ['sns', 'ConfirmSubscription', { topicArn: 'arn:aws:sns:…:Trailkeeper-Alarms' }],
    ['cloudformation', 'CreateChangeSet', { ...stack, changeSetName: 'cdk-diff-change-set' }],
    ['cloudformation', 'DeleteChangeSet', { ...stack, changeSetName: 'cdk-diff-change-set' }],
    ['cloudformation', 'DetectStackDrift', stack],
    ['states', 'StartExecution', { stateMachineArn: machine, input: '{}' }],
  ])('do not match %s %s, which changes nothing', (service, eventName, parameters) => {
    expect(isTampering(call(service, eventName, parameters))).toBe(false);
  });

  test.each([
    ['kms', 'DisableKey', key],
    ['kms', 'PutKeyPolicy', key],
    ['kms', 'CreateGrant', key],
    ['logs', 'DeleteLogGroup', log],
    ['logs', 'PutSubscriptionFilter', log],
    ['cloudformation', 'ExecuteChangeSet', stack],
    ['cloudformation', 'DeleteStack', stack],
    ['cloudformation', 'SetStackPolicy', stack],
    ['states', 'UpdateStateMachine', { stateMachineArn: machine }],
  ])('match %s %s', (service, eventName, parameters) => {
    expect(isTampering(call(service, eventName, parameters))).toBe(true);
  });
});

describe('a resource of trailkeeper', () => {
  const ours = 'arn:aws:any:eu-central-1:111122223333:Trailkeeper-Part';
  const others = 'arn:aws:any:eu-central-1:111122223333:part';

  test.each<[service: string, eventName: string, field: string]>([
    ['cloudformation', 'DeleteStack', 'stackName'],
    ['cloudtrail', 'StopLogging', 'name'],
    ['cloudtrail', 'PutEventSelectors', 'trailName'],
    ['cloudtrail', 'PutResourcePolicy', 'resourceId'],
    ['dynamodb', 'DeleteTable', 'tableName'],
    ['dynamodb', 'PutResourcePolicy', 'resourceArn'],
    ['events', 'DeleteRule', 'name'],
    ['events', 'RemoveTargets', 'rule'],
    ['events', 'PutPermission', 'eventBusName'],
    ['events', 'DeleteArchive', 'archiveName'],
    ['iam', 'DeleteRole', 'roleName'],
    ['lambda', 'DeleteFunction20150331', 'functionName'],
    ['logs', 'DeleteLogGroup', 'logGroupName'],
    ['logs', 'DeleteLogGroup', 'logGroupIdentifier'],
    ['monitoring', 'PutMetricAlarm', 'alarmName'],
    ['monitoring', 'DeleteAlarms', 'alarmNames'],
    ['monitoring', 'PutDashboard', 'dashboardName'],
    ['monitoring', 'DeleteDashboards', 'dashboardNames'],
    ['scheduler', 'DeleteSchedule', 'name'],
    ['secretsmanager', 'DeleteSecret', 'secretId'],
    ['sns', 'DeleteTopic', 'topicArn'],
    ['sns', 'Unsubscribe', 'subscriptionArn'],
    ['sqs', 'DeleteQueue', 'queueUrl'],
    ['states', 'CreateStateMachine', 'name'],
    ['states', 'DeleteStateMachine', 'stateMachineArn'],
    ['states', 'StopExecution', 'executionArn'],
    ['states', 'UpdateMapRun', 'mapRunArn'],
    ['states', 'UntagResource', 'resourceArn'],
  ])('is known by its name: %s %s names it as %s', (service, eventName, field) => {
    expect(isTampering(call(service, eventName, { [field]: ours }))).toBe(true);
    expect(isTampering(call(service, eventName, { [field]: others }))).toBe(false);
    expect(isTampering(call(service, eventName, { another: ours }))).toBe(false);
  });

  const key = layout.signingKey;
  const bus = 'arn:aws:events:eu-central-1:111122223333:event-bus/trailkeeper';

  test.each([
    ['kms', 'DisableKey', { keyId: key }],
    ['kms', 'UpdateAlias', { targetKeyId: key }],
    ['events', 'DeleteEventBus', { name: 'trailkeeper' }],
    ['events', 'PutPermission', { eventBusName: bus }],
  ])('may have another name: %s %s', (service, eventName, parameters) => {
    expect(isTampering(call(service, eventName, parameters))).toBe(true);
  });

  test('is a key, a secret or a state machine only if it is configured', () => {
    const servicesOf = (topology: Topology) => tamperPatterns(topology).map(([service]) => service);
    const { signingKey: _, mappings: _mappings, recovers: _recovers, ...least } = layout;
    const isOurs = (topology: Topology, event: object) =>
      tamperPatterns(topology).some(([, pattern]) => matchesPattern(pattern, event));
    const deleting = call('secretsmanager', 'DeleteSecret', { secretId: 'soc/slack-a1B2c3' });
    const mapping = call('lambda', 'DeleteEventSourceMapping', { uuid: '' });

    expect(servicesOf(layout)).toEqual(expect.arrayContaining(['kms', 'states']));
    expect(servicesOf(least)).not.toContain('kms');
    expect(servicesOf(least)).not.toContain('states');
    expect(isOurs(least, deleting)).toBe(false);
    expect(isOurs({ ...least, secrets: ['soc/pager', 'soc/slack'] }, deleting)).toBe(true);
    expect(
      isOurs(
        { ...least, secrets: ['soc/pager', 'soc/slack'] },
        call('sns', 'DeleteTopic', { topicArn: 'soc/slack' }),
      ),
    ).toBe(false);
    expect(isOurs(least, mapping)).toBe(false);
  });
});

describe('the rules', () => {
  const deployed = (at: { account: string; region: string }, topology: Topology) =>
    rulesOf(at, topology)
      .filter(
        ({ name }) => !/-(Trail|Tamper|TamperByStack)-(?!cloudtrail|iam|events|Dep)/.test(name),
      )
      .map(({ name, bus, targets }) => `${bus} ${name}: ${targets}`);

  test('of the main Region go to the topic and the functions', () => {
    expect(deployed(layout, layout)).toEqual([
      'default Trailkeeper-Trail-cloudtrail: bus',
      'default Trailkeeper-Tamper-cloudtrail: alarms,selfCheck',
      'default Trailkeeper-TamperByStack-cloudtrail: selfCheck',
      'default Trailkeeper-Tamper-events: alarms,selfCheck',
      'default Trailkeeper-TamperByStack-events: selfCheck',
      'trailkeeper Trailkeeper-Trail: remediate',
      'trailkeeper Trailkeeper-Tamper: alarms,selfCheck',
      'trailkeeper Trailkeeper-TamperByStack: selfCheck',
      'trailkeeper Trailkeeper-Alert: alert',
    ]);
  });

  test('of another Region go to the bus', () => {
    expect(deployed({ ...layout, region: 'us-east-1' }, layout)).toEqual([
      'default Trailkeeper-Trail-iam: bus',
      'default Trailkeeper-Tamper-events: bus',
      'default Trailkeeper-Tamper-iam: bus',
    ]);
  });

  test('of a delegated administrator are not those of the main Region', () => {
    const topology = { ...layout, delegatedAdministrators: ['222233334444'] };

    expect(deployed({ account: '222233334444', region: 'eu-central-1' }, topology)).toEqual([
      'default Trailkeeper-Trail-cloudtrail: bus',
      'default Trailkeeper-Tamper-events: bus',
    ]);
  });

  test('of the bus are separate for the account of a dependency', () => {
    const regions = ['eu-central-1'];
    const topology = { ...layout, dependencyAccounts: [{ account: '333344445555', regions }] };
    const ofBus = rulesOf(layout, topology).filter(({ bus }) => bus === 'trailkeeper');

    expect(
      ofBus.map(({ name, pattern, targets }) => [name, pattern.account ?? [], targets]),
    ).toEqual([
      ['Trailkeeper-Trail', [], ['remediate']],
      ['Trailkeeper-Tamper', [{ 'anything-but': ['333344445555'] }], ['alarms', 'selfCheck']],
      ['Trailkeeper-Tamper-Dependencies', ['333344445555'], ['dependencyAlarms', 'selfCheck']],
      ['Trailkeeper-TamperByStack', [], ['selfCheck']],
      ['Trailkeeper-Alert', [], ['alert']],
    ]);
  });

  test('each have a description', () => {
    const descriptions = rulesOf(layout, layout).map(({ description }) => description);

    expect(new Set(descriptions).size).toBe(descriptions.length);
    for (const description of descriptions) expect(description).toMatch(/trail/);
  });

  test('of another Region forward a call once', () => {
    const iam = rulesOf({ ...layout, region: 'us-east-1' }, layout).filter(({ name }) =>
      name.endsWith('-iam'),
    );
    const both = {
      ...call('iam', 'DeleteRolePolicy', { roleName: 'Trailkeeper-Reconcile' }),
      region: 'us-east-1',
    };
    const other = {
      ...call('iam', 'TagRole', { roleName: 'Trailkeeper-Reconcile' }),
      region: 'us-east-1',
    };
    const matching = (event: object) =>
      iam.filter(({ pattern }) => matchesPattern(pattern, event)).map(({ name }) => name);

    expect(matching(both)).toEqual(['Trailkeeper-Trail-iam']);
    expect(matching(other)).toEqual(['Trailkeeper-Tamper-iam']);
  });
});

describe('a call of CloudFormation', () => {
  const matching = (userIdentity: object) => {
    const { detail, ...event } = call('events', 'PutRule', { name: 'Trailkeeper-Trail' });
    return rulesOf(layout, layout)
      .filter(({ bus }) => bus === 'default')
      .filter(({ pattern }) =>
        matchesPattern(pattern, { ...event, detail: { ...detail, userIdentity } }),
      )
      .map(({ targets }) => targets);
  };

  test('reaches the self-check, which gathers the calls of a stack update', () => {
    expect(matching({ invokedBy: 'cloudformation.amazonaws.com' })).toEqual([['selfCheck']]);
  });

  test('differs from a call of a person or of another service, which also reaches the topic', () => {
    const direct = [['alarms', 'selfCheck']];

    expect(matching({ type: 'IAMUser' })).toEqual(direct);
    expect(matching({ invokedBy: 'ssm.amazonaws.com' })).toEqual(direct);
  });
});

describe('the resource that a call changes', () => {
  test('has its name, account and Region', () => {
    const event = call('events', 'DisableRule', { name: 'Trailkeeper-Trail-cloudtrail' });

    expect(tamperedPart(event, layout)).toEqual({
      names: ['Trailkeeper-Trail-cloudtrail'],
      account: '111122223333',
      region: 'eu-central-1',
    });
  });

  test.each([
    ['a role of it', 'iam', 'DeleteRole', { roleName: 'Trailkeeper-Dependencies' }, true],
    [
      'its stack',
      'cloudformation',
      'DeleteStack',
      {
        stackName: 'arn:aws:cloudformation:us-east-1:222233334444:stack/Trailkeeper-Dependencies/1',
      },
      true,
    ],
    ['the forwarder', 'events', 'DisableRule', { name: 'Trailkeeper-Trail-s3' }, undefined],
  ])(
    'is in a delegated administrator of the stack for dependencies if it is %s',
    (_what, service, eventName, parameters, isOfDependencies) => {
      const account = '222233334444';
      const dependent = {
        ...layout,
        delegatedAdministrators: [account],
        dependencyAccounts: [{ account, regions: ['us-east-1'] }],
      };
      const event = { ...call(service, eventName, parameters), account };

      expect(tamperedPart(event, dependent).isOfDependencies).toBe(isOfDependencies);
      expect(tamperedPart({ ...event, account: '999999999999' }, dependent)).not.toHaveProperty(
        'isOfDependencies',
      );
    },
  );

  test('has every name in the call', () => {
    const event = call('monitoring', 'DisableAlarmActions', { alarmNames: ['one', 'two'] });

    expect(tamperedPart(event, layout).names).toEqual(['one', 'two']);
  });

  test.each([null, 'text', {}, { detail: null }, { detail: { requestParameters: 'x' } }])(
    'is unknown in what is no record: %j',
    (event) => {
      expect(tamperedPart(event, layout)).toEqual({ names: [], account: null, region: null });
    },
  );
});
