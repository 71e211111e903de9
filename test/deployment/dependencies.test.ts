import { describe, expect, test } from 'vitest';
import { ConfigError, parseDeployment } from '#deployment/config.ts';
import { arnsIn, dependencyKind, ownerOf, replicationRolesIn } from '#deployment/dependencies.ts';

const own = '111122223333';
const archive = '222233334444';
const bucket = 'arn:aws:s3:::org-logs';
const topic = `arn:aws:sns:us-east-1:${own}:org-logs`;
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const configured = (given: object) =>
  parseDeployment({
    mode: 'enforce',
    account: own,
    region: 'us-east-1',
    approvers: [`arn:aws:iam::${own}:role/Security`],
    ...given,
  });
const replicationRole = (account: string) => `arn:aws:iam::${account}:role/replica`;
const withDependency = (given: unknown, more: object = {}) =>
  configured({ dependencies: [given], ...more });

describe('a dependency', () => {
  test.each([
    ['key', `arn:aws:kms:us-east-1:${archive}:key/0a1b2c3d-0000-4000-8000-000000000001`],
    ['key', `arn:aws:kms:us-east-1:${archive}:key/mrk-${'0'.repeat(32)}`],
    ['topic', topic],
    ['topic', `${topic}.fifo`],
    ['log-group', `arn:aws:logs:us-east-1:${own}:log-group:/aws/cloudtrail/org`],
    ['log-role', `arn:aws:iam::${own}:role/service-role/CloudTrail_CloudWatchLogs`],
    ['alarms', `arn:aws:cloudwatch:us-east-1:${own}:alarm:CIS 4.3: root (use)`],
  ])('is a %s: %s', (kind, arn) => {
    const [dependency] = withDependency({ arn }).dependencies ?? [];

    expect(dependency).toEqual({ arn, restore: false });
    expect(dependencyKind({ arn })).toBe(kind);
  });

  test('is a bucket, with the account that owns it', () => {
    const given = { arn: bucket, account: archive };

    expect(withDependency(given).dependencies).toEqual([{ ...given, restore: false }]);
    expect(dependencyKind(given)).toBe('bucket');
    expect(() => withDependency({ arn: bucket })).toThrow(
      'trailkeeper.dependencies.0.account: is missing: name the account that owns the bucket',
    );
  });

  test('that is a log group may end in :*, as CloudFormation writes it', () => {
    const arn = `arn:aws:logs:us-east-1:${own}:log-group:org`;

    expect(withDependency({ arn: `${arn}:*` }).dependencies).toMatchObject([{ arn }]);
  });

  test.each<[string, unknown, string]>([
    ['text alone', bucket, 'dependencies.0: must be an object, for example { "arn":'],
    ['no ARN', { restore: true }, 'dependencies.0.arn: is missing'],
    ['a name', { arn: 'org-logs' }, 'dependencies.0.arn: must be the ARN of a bucket'],
    ['an object', { arn: `${bucket}/AWSLogs` }, 'dependencies.0.arn: must be the ARN of a bucket'],
    [
      'a user',
      { arn: `arn:aws:iam::${own}:user/alice` },
      'dependencies.0.arn: must be the ARN of a bucket',
    ],
    ...['arn:aws:s3:::*', 'arn:aws:s3:::org-log?', `arn:aws:sns:us-east-1:${own}:org-*`].map(
      (arn): [string, unknown, string] => [
        `the wildcard ${arn}`,
        { arn, restore: true },
        'dependencies.0.arn: must not have a wildcard: name each resource',
      ],
    ),
    [
      'an alias',
      { arn: `arn:aws:kms:us-east-1:${own}:alias/org` },
      `dependencies.0.arn: must be the ARN of the key, not of an alias: aws kms describe-key --key-id arn:aws:kms:us-east-1:${own}:alias/org`,
    ],
    [
      'a role of trailkeeper',
      { arn: `arn:aws:iam::${own}:role/Trailkeeper-Reconcile`, restore: true },
      'dependencies.0.arn: must not be a role of trailkeeper itself',
    ],
    [
      'an alarm of trailkeeper',
      {
        arn: `arn:aws:cloudwatch:us-east-1:${own}:alarm:Trailkeeper-HeartbeatAlarm`,
        restore: true,
      },
      'dependencies.0.arn: must not be an alarm of trailkeeper itself',
    ],
    [
      'the account of an ARN that has one',
      { arn: topic, account: own },
      'dependencies.0.account: must be left out: the ARN has the account',
    ],
    [
      'an invalid account',
      { arn: bucket, account: 'archive' },
      'dependencies.0.account: must be the 12 digits',
    ],
    [
      'text for restore',
      { arn: bucket, restore: 'yes' },
      'dependencies.0.restore: must be true or',
    ],
    ['an unknown key', { arn: bucket, restored: true }, 'dependencies.0: Unrecognized key'],
    [
      'with a user for its replication',
      {
        ...{ arn: bucket, account: own, restore: true },
        replicationRole: `arn:aws:iam::${own}:user/alice`,
      },
      'dependencies.0.replicationRole: must be the ARN of the role that replicates the bucket: aws s3api get-bucket-replication',
    ],
    [
      'with a role of another account for its replication',
      {
        ...{ arn: bucket, account: own, restore: true },
        replicationRole: replicationRole(archive),
      },
      'dependencies.0.replicationRole: must be a role of the account that owns the bucket',
    ],
    [
      'with a role of another partition for its replication',
      {
        ...{ arn: bucket, account: own, restore: true },
        replicationRole: replicationRole(own).replace('aws', 'aws-cn'),
      },
      'dependencies.0.replicationRole: must be a role of the account that owns the bucket',
    ],
    [
      'with a role of trailkeeper for its replication',
      {
        ...{ arn: bucket, account: own, restore: true },
        replicationRole: `arn:aws:iam::${own}:role/Trailkeeper-Reconcile`,
      },
      'dependencies.0.replicationRole: must not be a role of trailkeeper itself',
    ],
    [
      'only read, with a role for its replication',
      { arn: bucket, account: own, replicationRole: replicationRole(own) },
      'dependencies.0.replicationRole: needs "restore": true',
    ],
    [
      'a topic with a role for its replication',
      { arn: topic, restore: true, replicationRole: replicationRole(own) },
      'dependencies.0.replicationRole: must be left out: only a bucket has one',
    ],
    [
      'another partition',
      { arn: 'arn:aws-cn:s3:::org-logs', account: own },
      'dependencies: must be in the partition of us-east-1',
    ],
  ])('cannot be %s', (_what, given, message) => {
    const parsing = () => withDependency(given);

    expect(parsing).toThrow(ConfigError);
    expect(parsing).toThrow(`trailkeeper.${message}`);
  });

  test('with the name of a role for its replication has one problem', () => {
    const given = { arn: bucket, account: own, restore: true, replicationRole: 'replication' };

    expect(() => withDependency(given)).toThrow(
      /^trailkeeper\.dependencies\.0\.replicationRole: must be the ARN of the role [^;]*$/,
    );
  });

  test('is named once', () => {
    expect(() =>
      configured({
        dependencies: [
          { arn: bucket, account: own },
          { arn: bucket, account: archive },
        ],
      }),
    ).toThrow('trailkeeper.dependencies.1.arn: must be named once');
  });

  test('in an account that no role reaches is read, and not restored', () => {
    const given = { arn: bucket, account: archive };

    expect(withDependency(given).dependencies).toHaveLength(1);
    expect(() => withDependency({ ...given, restore: true })).toThrow(
      `trailkeeper.dependencies.0.restore: is in account ${archive}, which is not in dependencyAccounts: add it there`,
    );
    const dependencyAccounts = [{ account: archive, externalId }];
    expect(
      withDependency({ ...given, restore: true }, { dependencyAccounts }).dependencies,
    ).toMatchObject([{ restore: true }]);
  });

  test('belongs to the account in its ARN, a bucket to the one that is given', () => {
    expect(ownerOf({ arn: topic.replace(own, archive) })).toBe(archive);
    expect(ownerOf({ arn: bucket, account: archive })).toBe(archive);
  });

  test.each([
    `arn:aws:logs:us-east-1:${archive}:log-group:org`,
    `arn:aws:iam::${archive}:role/CloudTrail_CloudWatchLogs`,
  ])(
    'of CloudWatch Logs is in the own account, or in that of a delegated administrator: %s',
    (arn) => {
      const organization = { id: 'o-a1b2c3d4e5', delegatedAdministrators: [archive] };

      expect(() => withDependency({ arn })).toThrow(
        `trailkeeper.dependencies.0.arn: is in account ${archive}: CloudTrail delivers only to a log group of account ${own} or of a delegated administrator`,
      );
      expect(withDependency({ arn }, { organization }).dependencies).toMatchObject([{ arn }]);
    },
  );

  test('is found by its kind, its account and whether it may be restored', () => {
    const deployment = configured({
      dependencies: [
        { arn: bucket, account: archive, restore: true },
        { arn: `${bucket}-2`, account: own, restore: true },
        { arn: `${bucket}-3`, account: own },
        { arn: topic, restore: true },
      ],
      dependencyAccounts: [{ account: archive, externalId }],
    });

    expect(arnsIn(deployment, 'bucket')).toEqual([bucket, `${bucket}-2`, `${bucket}-3`]);
    expect(arnsIn(deployment, 'bucket', { account: own })).toEqual([`${bucket}-2`, `${bucket}-3`]);
    expect(arnsIn(deployment, 'bucket', { account: own, restore: true })).toEqual([`${bucket}-2`]);
    expect(arnsIn(deployment, 'bucket', { account: archive, restore: true })).toEqual([bucket]);
    expect(arnsIn(deployment, 'log-role')).toEqual([]);
  });

  test('names the role that replicates it, which its account can pass', () => {
    const [ours, theirs] = [replicationRole(own), replicationRole(archive)];
    const restored = { restore: true, replicationRole: ours };
    const deployment = configured({
      dependencies: [
        { arn: bucket, account: archive, restore: true, replicationRole: theirs },
        { arn: `${bucket}-2`, account: own, ...restored },
        { arn: `${bucket}-3`, account: own, ...restored },
        { arn: `${bucket}-4`, account: own, restore: true },
      ],
      dependencyAccounts: [{ account: archive, externalId }],
    });

    expect(replicationRolesIn(deployment, own)).toEqual([ours]);
    expect(replicationRolesIn(deployment, archive)).toEqual([theirs]);
    expect(replicationRolesIn({}, own)).toEqual([]);
  });
});

describe('an account of dependencies', () => {
  test.each<[string, unknown, string]>([
    ['its id alone', archive, '0: must be an object with account and externalId'],
    ['no external id', { account: archive }, '0.externalId: is missing'],
    ...['x', 'with space', 'e'.repeat(65), 'ä'.repeat(8), 7].map(
      (id): [string, unknown, string] => [
        `the external id ${id}`,
        { account: archive, externalId: id },
        '0.externalId: must be 2 to 64 letters, digits or characters of _+=,.@:/-: openssl rand -hex 16',
      ],
    ),
    [
      'that of the deployment',
      { account: own, externalId },
      '0.account: must be another account than the one that trailkeeper is deployed to',
    ],
  ])('cannot be %s', (_what, given, message) => {
    expect(() => configured({ dependencyAccounts: [given] })).toThrow(
      `trailkeeper.dependencyAccounts.${message}`,
    );
  });

  test('is named once, and there are at most four', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ account: String(222200000000 + i), externalId }));

    expect(configured({ dependencyAccounts: many(4) }).dependencyAccounts).toHaveLength(4);
    expect(() => configured({ dependencyAccounts: many(5) })).toThrow(
      'trailkeeper.dependencyAccounts: must have at most 4 accounts',
    );
    expect(() => configured({ dependencyAccounts: [...many(1), ...many(1)] })).toThrow(
      'trailkeeper.dependencyAccounts.1.account: must be named once',
    );
  });
});

test('alarms, which are in the policy of the role once, count half', () => {
  const named = (length: number) => [
    { arn: `arn:aws:cloudwatch:us-east-1:${own}:alarm:`.padEnd(200, 'x'), restore: true },
    { arn: `arn:aws:sns:us-east-1:${own}:`.padEnd(length, 'x') },
  ];

  expect(configured({ dependencies: named(210) }).dependencies).toHaveLength(2);
  const dependencies = [...named(210), { arn: `arn:aws:s3:::${'y'.repeat(60)}`, account: own }];
  expect(configured({ dependencies }).dependencies).toHaveLength(3);
  expect(() =>
    configured({ dependencies: [...dependencies, { arn: 'arn:aws:s3:::abc', account: own }] }),
  ).toThrow('trailkeeper.dependencies: must have at most 390 characters');
});

test('dependencies fit into the policy of the role', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      arn: `arn:aws:s3:::${'x'.repeat(33)}${10 + i}`,
      account: own,
    }));

  expect(configured({ dependencies: named(8) }).dependencies).toHaveLength(8);
  expect(() => configured({ dependencies: named(9) })).toThrow(
    'trailkeeper.dependencies: must have at most 390 characters in all ARNs together',
  );
});
