import { describe, expect, test } from 'vitest';
import { rulesOf, tamperPatterns } from '#deployment/event-rules.ts';
import { tamperedPart } from '#deployment/tampered-part.ts';
import type { Topology } from '#deployment/topology.ts';
import { matchesPattern } from '#sandbox/event-pattern.ts';

const layout: Topology = {
  account: '111122223333',
  region: 'eu-central-1',
  homeRegions: ['eu-central-1'],
  delegatedAdministrators: [],
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
  ])('match %s %s', (service, eventName, parameters) => {
    expect(isTampering(call(service, eventName, parameters))).toBe(true);
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
