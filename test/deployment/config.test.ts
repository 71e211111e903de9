import { describe, expect, test } from 'vitest';
import { partitionOf } from '#aws/partitions.ts';
import { ConfigError, parseDeployment } from '#deployment/config.ts';
import { topologyOf } from '#deployment/topology.ts';

const organization = { id: 'o-a1b2c3d4e5' };
const least = {
  mode: 'observe',
  account: '111122223333',
  region: 'us-east-1',
  approvers: ['arn:aws:iam::111122223333:role/Security'],
};
const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org';

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'trailkeeper: '],
  ['no mode', { ...least, mode: undefined }, 'trailkeeper.mode: must be "observe"'],
  ['another mode', { ...least, mode: 'enforced' }, 'trailkeeper.mode: must be "observe"'],
  ['no Region', { ...least, region: undefined }, 'trailkeeper.region: is missing'],
  ['an unknown Region', { ...least, region: 'Frankfurt' }, 'trailkeeper.region: must be a Region'],
  ['no approvers', { ...least, approvers: undefined }, 'trailkeeper.approvers: is missing'],
  [
    'an approver of another account',
    { ...least, approvers: ['arn:aws:iam::222233334444:role/Security'] },
    'trailkeeper.approvers.0: must be a user or role of account 111122223333',
  ],
  ['no account', { ...least, account: undefined }, 'trailkeeper.account: is missing'],
  [
    'an organization without its ID',
    { ...least, organization: {} },
    'trailkeeper.organization.id: is missing',
  ],
  [
    'an invalid organization ID',
    { ...least, organization: { ...organization, id: 'r-1' } },
    'trailkeeper.organization.id: must be an organization ID',
  ],
  [
    'an account ID that lost its leading 0',
    { ...least, account: 11_122_223_333 },
    'trailkeeper.account: must be the 12 digits',
  ],
  [
    'the account itself as delegated administrator',
    { ...least, organization: { ...organization, delegatedAdministrators: ['111122223333'] } },
    'trailkeeper.organization.delegatedAdministrators: must not name the account',
  ],
  [
    'a home Region that does not exist',
    { ...least, homeRegions: ['Frankfurt'] },
    'trailkeeper.homeRegions.0: must be a Region',
  ],
  ['no home Region', { ...least, homeRegions: [] }, 'trailkeeper.homeRegions: must name a Region'],
  [
    'home Regions of two partitions',
    { ...least, homeRegions: ['us-east-1', 'us-gov-west-1'] },
    'trailkeeper.homeRegions: must be Regions of one partition',
  ],
  [
    'an invalid trail ARN',
    { ...least, trails: ['org'] },
    'trailkeeper.trails.0: "org" is not a trail ARN',
  ],
  [
    'a trail of another Region',
    { ...least, homeRegions: ['eu-central-1'], trails: [trail] },
    'trailkeeper.trails.0: is a trail of us-east-1: add us-east-1 to homeRegions',
  ],
  [
    'a trail of another account',
    { ...least, trails: [trail.replace('111122223333', '222233334444')] },
    'trailkeeper.trails.0: is a trail of account 222233334444',
  ],
  [
    'an invalid role ARN',
    { ...least, cloudWatchLogsRoles: ['logs'] },
    'trailkeeper.cloudWatchLogsRoles.0: must be the ARN of an IAM role',
  ],
  ...['trailkeeper-key.pem', 7, '-----BEGIN PRIVATE KEY-----'].map(
    (key) =>
      [
        `a signing key ${key}`,
        { ...least, signing: { keys: [key] } },
        'print yours with npx --no -- trailkeeper keys',
      ] as [string, unknown, string],
  ),
  [
    'one signing key instead of a list',
    { ...least, signing: { keys: '-----BEGIN PUBLIC KEY-----' } },
    'trailkeeper.signing.keys: must be a list of public keys',
  ],
  [
    'an alias as the KMS key',
    { ...least, signing: { key: 'alias/signing' } },
    'trailkeeper.signing.key: must be the ARN of a KMS key: create one with npx --no -- trailkeeper init --new-key kms',
  ],
  [
    'a rate in seconds',
    { ...least, sweepEvery: '90 seconds' },
    'trailkeeper.sweepEvery: must be a rate',
  ],
  [
    'a rate of 1 minutes',
    { ...least, sweepEvery: '1 minutes' },
    'trailkeeper.sweepEvery: must be a rate',
  ],
  [
    'a rate of 2 hours',
    { ...least, sweepEvery: '2 hours' },
    'trailkeeper.sweepEvery: must be a rate',
  ],
  [
    'a concurrency of 1',
    { ...least, reservedConcurrency: 1 },
    'trailkeeper.reservedConcurrency: must be 2 or more',
  ],
  [
    'a fractional concurrency',
    { ...least, reservedConcurrency: 2.5 },
    'trailkeeper.reservedConcurrency: must be a whole number',
  ],
  [
    'an archive of 0 days',
    { ...least, archiveDays: 0 },
    'trailkeeper.archiveDays: must be 1 or more',
  ],
  ['0 lookups', { ...least, lookupsPerSecond: 0 }, 'trailkeeper.lookupsPerSecond: must be more'],
  ['3 lookups per second', { ...least, lookupsPerSecond: 3 }, 'must be at most 2'],
  [
    'an invalid email address',
    { ...least, emails: ['me'] },
    'trailkeeper.emails.0: must be an email address',
  ],
  [
    'a secret value',
    { ...least, channels: { slack: { secret: 'xoxb-1' } } },
    'trailkeeper.channels.slack.secret: must be the ARN',
  ],
  [
    'a person as channel',
    { ...least, channels: { slack: { channel: '@alice' } } },
    'trailkeeper.channels.slack.channel: must be the ID of a channel',
  ],
  [
    'an unknown severity',
    { ...least, channels: { sns: { minSeverity: 'urgent' } } },
    'trailkeeper.channels.sns.minSeverity: must be one of critical, high, medium, low, or "never"',
  ],
  [
    'text for redactPrincipals',
    { ...least, alerts: { redactPrincipals: 'yes' } },
    'trailkeeper.alerts.redactPrincipals: must be true or false',
  ],
  [
    'text for sentinel',
    { ...least, sentinel: 'yes' },
    'trailkeeper.sentinel: must be true or false',
  ],
  [
    'a prefix of recovered events with a slash at its end',
    { ...least, recovery: { bucket: 'evidence', prefix: 'lost/', logBuckets: ['logs'] } },
    'trailkeeper.recovery.prefix: must be a prefix without a slash at its ends',
  ],
  [
    'a recovery without the buckets of the trails',
    { ...least, recovery: { bucket: 'evidence' } },
    'trailkeeper.recovery.logBuckets: is missing',
  ],
  ['an unknown key', { ...least, slak: {} }, '"slak"'],
])('refuses a configuration with %s, and names the key', (_what, context, message) => {
  const parsing = () => parseDeployment(context);

  expect(parsing).toThrow(ConfigError);
  expect(parsing).toThrow(message);
});

test('the defaults are the least harmful values', () => {
  expect(parseDeployment(least)).toEqual({
    ...least,
    homeRegions: ['us-east-1'],
    dependencyAccounts: [],
    sweepEvery: '1 minute',
    archiveDays: 90,
    lookupsPerSecond: 1,
    emails: [],
    alerts: { remindEvery: 6, flappingAfter: 5, redactPrincipals: false },
    channels: { sns: { minSeverity: 'low' } },
    approval: { minutes: 60, otherwise: 'restore' },
    maxWindowHours: 4,
    repairsBeforeBackoff: 3,
    signing: { keys: [] },
    sentinel: false,
    dashboard: false,
  });
});

test('recovers events below the prefix recovered by default', () => {
  const recovery = { bucket: 'evidence', logBuckets: ['logs'] };

  expect(parseDeployment({ ...least, recovery }).recovery?.prefix).toBe('recovered');
});

test('accepts an account ID as a number, which -c passes', () => {
  expect(parseDeployment({ ...least, account: 111_122_223_333 }).account).toBe('111122223333');
});

test('counts a Region that is named twice once', () => {
  const { homeRegions } = parseDeployment({ ...least, homeRegions: ['us-east-1', 'us-east-1'] });

  expect(homeRegions).toEqual(['us-east-1']);
});

test("names each secret once, without Secrets Manager's six characters", () => {
  const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:soc/slack-a1B2c3';

  const channels = { slack: { secret, signingSecret: secret }, jsm: { secret: `${secret}` } };

  expect(topologyOf(parseDeployment({ ...least, channels })).secrets).toEqual(['soc/slack']);
  expect(topologyOf(parseDeployment({ ...least, channels: { slack: {} } }))).not.toHaveProperty(
    'secrets',
  );
});

test('mode enforce needs no key', () => {
  expect(parseDeployment({ ...least, mode: 'enforce' }).signing.keys).toEqual([]);
});

describe('the partition', () => {
  const inRegion = (region: string) => ({
    ...least,
    region,
    approvers: [`arn:${partitionOf(region)}:iam::111122223333:role/Security`],
  });

  test.each(['eusc-de-east-1', 'us-iso-east-1', 'cn-north-1', 'us-gov-west-1'])(
    'is derived from the Region %s',
    (region) => {
      expect(parseDeployment(inRegion(region)).homeRegions).toEqual([region]);
    },
  );

  test.each(['us-nowhere-1', 'aws-global', 'us-east-1a', 'US-EAST-1', ''])(
    'is not guessed for %j, which is not a Region',
    (region) => {
      expect(() => parseDeployment(inRegion(region))).toThrow(
        `trailkeeper.region: must be a Region, for example us-east-1: ${JSON.stringify(region)} is not known`,
      );
    },
  );

  test.each([
    ['trails', { trails: ['arn:aws:cloudtrail:cn-north-1:111122223333:trail/main'] }],
    ['cloudWatchLogsRoles', { cloudWatchLogsRoles: ['arn:aws:iam::111122223333:role/logs'] }],
    ['dependencies', { dependencies: [{ arn: 'arn:aws:s3:::logs', account: '111122223333' }] }],
    ['approvers', { approvers: ['arn:aws:iam::111122223333:role/Security'] }],
    [
      'channels.slack.secret',
      {
        channels: { slack: { secret: 'arn:aws:secretsmanager:cn-north-1:111122223333:secret:a' } },
      },
    ],
  ])('must be that of every ARN in %s', (path, given) => {
    expect(() => parseDeployment({ ...inRegion('cn-north-1'), ...given })).toThrow(
      new RegExp(
        `trailkeeper\\.${path.replace('.', '\\.')}: must be in the partition of cn-north-1`,
      ),
    );
  });
});
