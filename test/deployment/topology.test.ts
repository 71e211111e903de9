import { describe, expect, test } from 'vitest';
import { roleArn } from '#aws/resource-names.ts';
import { parseDeployment } from '#deployment/config.ts';
import {
  accountRegionsOf,
  arnsOf,
  deployedTogether,
  forwardRole,
  ownRegionsOf,
  queueArn,
  senders,
  stackOf,
  type Topology,
  topologyOf,
} from '#deployment/topology.ts';

const account = '111122223333';
const layoutIn = (region: string, rest: Partial<Topology> = {}): Topology => ({
  account,
  region,
  homeRegions: [region],
  delegatedAdministrators: [],
  ...rest,
});

describe('the partition', () => {
  test.each([
    ['us-east-1', 'arn:aws:'],
    ['us-gov-east-1', 'arn:aws-us-gov:'],
    ['cn-north-1', 'arn:aws-cn:'],
    ['eusc-de-east-1', 'arn:aws-eusc:'],
    ['us-iso-west-1', 'arn:aws-iso:'],
  ])('of %s is in all ARNs', (region, prefix) => {
    const place = { account, region };

    for (const arn of [
      ...Object.values(arnsOf(layoutIn(region))),
      roleArn(place, 'Trailkeeper-Reconcile'),
      queueArn(place),
    ]) {
      expect(arn.startsWith(prefix)).toBe(true);
    }
  });
});

test('each Region has its own role that forwards events, and its own queue', () => {
  expect(forwardRole('eu-west-1')).toBe('Trailkeeper-Forward-eu-west-1');
  expect(queueArn({ account, region: 'eu-west-1' })).toMatch(
    /^arn:aws:sqs:eu-west-1:111122223333:Trailkeeper-/,
  );
});

test('the ARNs name the main Region and the account', () => {
  expect(arnsOf(layoutIn('eu-central-1', { homeRegions: ['eu-west-1'] }))).toEqual({
    bus: 'arn:aws:events:eu-central-1:111122223333:event-bus/trailkeeper',
    lightChecks: 'arn:aws:sqs:eu-central-1:111122223333:Trailkeeper-LightChecks',
    sweep: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Sweep',
    remediate: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Remediate',
    selfCheck: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-SelfCheck',
    audit: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Audit',
    interact: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Interact',
    table: 'arn:aws:dynamodb:eu-central-1:111122223333:table/Trailkeeper-State',
    alert: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Alert',
    backfill: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Backfill',
    alarms: 'arn:aws:sns:eu-central-1:111122223333:Trailkeeper-Alarms',
    recover: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Recover',
    recovery: 'arn:aws:states:eu-central-1:111122223333:stateMachine:Trailkeeper-Recovery',
  });
});

describe('the parts that a deployment may have', () => {
  const least = {
    ...{ mode: 'observe', account, region: 'us-east-1' },
    approvers: [`arn:aws:iam::${account}:role/Security`],
  };

  test('are left out without them', () => {
    expect(topologyOf(parseDeployment(least))).toEqual({
      ...{ account, region: 'us-east-1', homeRegions: ['us-east-1'] },
      delegatedAdministrators: [],
    });
  });

  test('are the ID of the key that signs, and the names of the secrets', () => {
    const key = `arn:aws:kms:us-east-1:${account}:key/mrk-1`;
    const secret = `arn:aws:secretsmanager:us-east-1:${account}:secret:soc-abcdef-slack-a1B2c3`;

    expect(
      topologyOf(parseDeployment({ ...least, signing: { key }, channels: { teams: { secret } } })),
    ).toMatchObject({ signingKey: 'mrk-1', secrets: ['soc-abcdef-slack'] });
  });

  test.each([
    [{}, {}],
    [{ endpoint: 'own' }, {}],
    [{ approvers: { U0ALICE: least.approvers[0] } }, { answersSlack: 'function-url' }],
    [{ approvers: { U0ALICE: least.approvers[0] }, endpoint: 'own' }, { answersSlack: 'own' }],
  ])('are how Slack reaches trailkeeper, if people decide there: %j', (slack, part) => {
    const { answersSlack } = topologyOf(parseDeployment({ ...least, channels: { slack } }));

    expect(answersSlack === undefined ? {} : { answersSlack }).toEqual(part);
  });

  test('are the stack that recovers events', () => {
    const recovery = { bucket: 'evidence', logBuckets: ['logs'] };

    expect(topologyOf(parseDeployment({ ...least, recovery }))).toMatchObject({ recovers: true });
  });
});

describe('the accounts and Regions', () => {
  const regionsOf = (layout: Topology) => accountRegionsOf(layout).map(({ region }) => region);

  test('are one if the main Region records the calls to trails and IAM', () => {
    expect(accountRegionsOf(layoutIn('us-east-1'))).toEqual([{ account, region: 'us-east-1' }]);
  });

  test('are the main Region, the other home Regions, and the Region of IAM', () => {
    const layout = layoutIn('eu-central-1', { homeRegions: ['eu-west-1', 'eu-central-1'] });

    expect(regionsOf(layout)).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1']);
  });

  test('include the Region of IAM once if it is a home Region', () => {
    const layout = layoutIn('eu-central-1', { homeRegions: ['us-east-1'] });

    expect(regionsOf(layout)).toEqual(['eu-central-1', 'us-east-1']);
  });

  test('stay in their partition', () => {
    expect(regionsOf(layoutIn('us-gov-east-1'))).toEqual(['us-gov-east-1', 'us-gov-west-1']);
    expect(regionsOf(layoutIn('cn-north-1'))).toEqual(['cn-north-1', 'cn-northwest-1']);
    expect(regionsOf(layoutIn('cn-northwest-1'))).toEqual(['cn-northwest-1', 'cn-north-1']);
    expect(regionsOf(layoutIn('eusc-de-east-1'))).toEqual(['eusc-de-east-1']);
  });

  test('are those of the main account only, where its own resources are', () => {
    const delegated = { delegatedAdministrators: ['444455556666'] };

    expect(ownRegionsOf(layoutIn('eu-west-1', delegated))).toEqual([
      { account, region: 'eu-west-1' },
      { account, region: 'us-east-1' },
    ]);
  });

  test('include the home Regions of each delegated administrator', () => {
    const layout = layoutIn('us-east-1', {
      homeRegions: ['us-east-1', 'eu-west-1'],
      delegatedAdministrators: ['222233334444', '333344445555'],
    });

    expect(accountRegionsOf(layout).slice(2)).toEqual([
      { account: '222233334444', region: 'us-east-1' },
      { account: '222233334444', region: 'eu-west-1' },
      { account: '333344445555', region: 'us-east-1' },
      { account: '333344445555', region: 'eu-west-1' },
    ]);
  });
});

describe('the account of a dependency', () => {
  const archive = '444455556666';
  const topologyWith = (given: object) =>
    topologyOf(
      parseDeployment({
        mode: 'enforce',
        account,
        region: 'eu-central-1',
        homeRegions: ['eu-west-1'],
        approvers: [`arn:aws:iam::${account}:role/Security`],
        dependencyAccounts: [{ account: archive, externalId: 'an-external-id' }],
        ...given,
      }),
    );
  const forwarding = (topology: Topology) =>
    accountRegionsOf(topology)
      .filter((at) => at.account === archive)
      .map(({ region }) => region);

  test('forwards from the main Region, the home Regions, that of IAM and those of its dependencies', () => {
    const dependencies = [{ arn: `arn:aws:kms:eu-north-1:${archive}:key/0a1b2c3d` }];

    expect(forwarding(topologyWith({}))).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1']);
    expect(forwarding(topologyWith({ dependencies }))).toContain('eu-north-1');
    const others = [
      { arn: `arn:aws:kms:eu-south-1:${account}:key/0a1b2c3d` },
      { arn: 'arn:aws:s3:::the-logs', account: archive },
    ];
    expect(forwarding(topologyWith({ dependencies: others }))).toEqual(
      forwarding(topologyWith({})),
    );
  });

  test('forwards nothing twice', () => {
    const organization = { id: 'o-a1b2c3d4e5', delegatedAdministrators: [archive] };

    const regions = forwarding(topologyWith({ organization }));
    expect(regions.toSorted()).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1']);
  });

  test('has a separate stack, which is not deployed with the others', () => {
    const topology = topologyWith({});

    expect(stackOf({ account: archive, region: 'eu-west-1' }, topology)).toBe(
      'Trailkeeper-Dependencies',
    );
    expect(stackOf({ account: archive, region: 'eu-north-1' }, topology)).toBe(
      'Trailkeeper-Forwarder-444455556666-eu-north-1',
    );
    expect(stackOf({ account, region: 'eu-central-1' }, topology)).toBe('Trailkeeper');
    expect(deployedTogether(topology).filter((at) => at.account === archive)).toEqual([]);
    expect(senders(topology)).toEqual([archive]);
  });
});

describe('a stack', () => {
  const layout = layoutIn('eu-central-1', { delegatedAdministrators: ['222233334444'] });

  test.each([
    [{ account, region: 'eu-central-1' }, 'Trailkeeper'],
    [{ account, region: 'us-east-1' }, 'Trailkeeper-Forwarder-us-east-1'],
    [
      { account: '222233334444', region: 'eu-central-1' },
      'Trailkeeper-Forwarder-222233334444-eu-central-1',
    ],
  ])('of %j is %s', (place, name) => {
    expect(stackOf(place, layout)).toBe(name);
  });

  test('has a unique name', () => {
    const names = accountRegionsOf({ ...layout, homeRegions: ['eu-west-1', 'us-east-1'] }).map(
      (place) => stackOf(place, layout),
    );

    expect(new Set(names).size).toBe(names.length);
  });
});
