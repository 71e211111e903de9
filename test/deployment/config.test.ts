import { describe, expect, test } from 'vitest';
import {
  alertConfigOf,
  alertEnvironment,
  backfillEnvironment,
  ConfigError,
  layoutOf,
  parseAlertEnvironment,
  parseBackfillEnvironment,
  parseDeployment,
  parseFunctionEnvironment,
} from '#deployment/config.ts';

const organization = { id: 'o-a1b2c3d4e5', managementAccount: '111122223333' };
const least = { mode: 'observe', region: 'us-east-1', organization };
const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org';

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'trailkeeper: '],
  ['no mode', { ...least, mode: undefined }, 'trailkeeper.mode: must be "observe"'],
  ['another mode', { ...least, mode: 'enforced' }, 'trailkeeper.mode: must be "observe"'],
  ['no Region', { ...least, region: undefined }, 'trailkeeper.region: is missing'],
  ['no Region of AWS', { ...least, region: 'Frankfurt' }, 'trailkeeper.region: must be a Region'],
  [
    'no organization',
    { ...least, organization: undefined },
    'trailkeeper.organization: is missing',
  ],
  [
    'an organization without its account',
    { ...least, organization: { id: 'o-a1b2c3d4e5' } },
    'trailkeeper.organization.managementAccount: is missing',
  ],
  [
    'an id that is none',
    { ...least, organization: { ...organization, id: 'r-1' } },
    'trailkeeper.organization.id: must be the id of an organization',
  ],
  [
    'an account that has lost its 0',
    { ...least, organization: { ...organization, managementAccount: 11_122_223_333 } },
    'trailkeeper.organization.managementAccount: must be the 12 digits',
  ],
  [
    'the management account as its own delegate',
    { ...least, organization: { ...organization, delegatedAdministrators: ['111122223333'] } },
    'trailkeeper.organization.delegatedAdministrators: must not name the management account',
  ],
  [
    'a home that is no Region',
    { ...least, homeRegions: ['Frankfurt'] },
    'trailkeeper.homeRegions.0: must be a Region',
  ],
  ['no home', { ...least, homeRegions: [] }, 'trailkeeper.homeRegions: must name a Region'],
  [
    'homes of two partitions',
    { ...least, homeRegions: ['us-east-1', 'us-gov-west-1'] },
    'trailkeeper.homeRegions: must be Regions of one partition',
  ],
  [
    'what is no trail',
    { ...least, trails: ['org'] },
    'trailkeeper.trails.0: "org" is not a trail ARN',
  ],
  [
    'a trail of another Region',
    { ...least, homeRegions: ['eu-central-1'], trails: [trail] },
    'trailkeeper.trails.0: has its home in us-east-1, which homeRegions does not name',
  ],
  [
    'a trail of another account',
    { ...least, trails: [trail.replace('111122223333', '222233334444')] },
    'trailkeeper.trails.0: is a trail of 222233334444',
  ],
  [
    'what is no role',
    { ...least, cloudWatchLogsRoles: ['logs'] },
    'trailkeeper.cloudWatchLogsRoles.0: must be the ARN of an IAM role',
  ],
  ...['org-trail-logs', 'arn:aws:s3:::logs/*', 'arn:aws:iam::111122223333:role/logs'].map(
    (sink) =>
      [
        'what is no bucket, key or topic',
        { ...least, sinks: [sink] },
        'trailkeeper.sinks.0: must be the ARN of a bucket, a KMS key or a topic',
      ] as [string, unknown, string],
  ),
  ['seconds', { ...least, sweepEvery: '90 seconds' }, 'trailkeeper.sweepEvery: must be a rate'],
  ['one minutes', { ...least, sweepEvery: '1 minutes' }, 'trailkeeper.sweepEvery: must be a rate'],
  ['two hours', { ...least, sweepEvery: '2 hours' }, 'trailkeeper.sweepEvery: must be a rate'],
  [
    'one invocation',
    { ...least, reservedConcurrency: 1 },
    'trailkeeper.reservedConcurrency: must be 2 or more',
  ],
  [
    'half an invocation',
    { ...least, reservedConcurrency: 2.5 },
    'trailkeeper.reservedConcurrency: must be a whole number',
  ],
  ['no day', { ...least, archiveDays: 0 }, 'trailkeeper.archiveDays: must be 1 or more'],
  ['no lookups', { ...least, lookupsPerSecond: 0 }, 'trailkeeper.lookupsPerSecond: must be more'],
  ['more lookups than there are', { ...least, lookupsPerSecond: 3 }, 'must be at most 2'],
  ['no address', { ...least, emails: ['me'] }, 'trailkeeper.emails.0: must be an e-mail address'],
  [
    'a secret itself',
    { ...least, slack: { secret: 'xoxb-1' } },
    'trailkeeper.slack.secret: must be the ARN',
  ],
  [
    'a channel that is a person',
    { ...least, slack: { channel: '@alice' } },
    'trailkeeper.slack.channel: must be the id of a channel',
  ],
  [
    'a severity that there is not',
    { ...least, alerts: { sns: 'urgent' } },
    'trailkeeper.alerts.sns: must be one of critical, high, medium, low, or "never"',
  ],
  [
    'a word for whether to redact',
    { ...least, alerts: { redactPrincipals: 'yes' } },
    'trailkeeper.alerts.redactPrincipals: must be true or false',
  ],
  ['a word for yes', { ...least, sentinel: 'yes' }, 'trailkeeper.sentinel: must be true or false'],
  ['a key that is not known', { ...least, slak: {} }, '"slak"'],
])('a configuration with %s is refused with the key', (_what, context, message) => {
  const parsing = () => parseDeployment(context);

  expect(parsing).toThrow(ConfigError);
  expect(parsing).toThrow(message);
});

test('what is not said is what harms least', () => {
  expect(parseDeployment(least)).toEqual({
    ...least,
    organization: { ...organization, delegatedAdministrators: [] },
    homeRegions: ['us-east-1'],
    sweepEvery: '1 minute',
    archiveDays: 90,
    lookupsPerSecond: 1,
    emails: [],
    alerts: { remindEvery: 6, digestAfter: 5, sns: 'low', redactPrincipals: false },
    maxHold: 4,
    restoresAtOnce: 3,
    signing: { keys: [] },
    sentinel: false,
  });
});

test('an account may be written as a number, as -c hands it over', () => {
  const { managementAccount } = parseDeployment({
    ...least,
    organization: { ...organization, managementAccount: 111_122_223_333 },
  }).organization;

  expect(managementAccount).toBe('111122223333');
});

test('a Region that is named twice counts once', () => {
  const { homeRegions } = parseDeployment({ ...least, homeRegions: ['us-east-1', 'us-east-1'] });

  expect(homeRegions).toEqual(['us-east-1']);
});

test("a secret that is not ours is known by its name, without Secrets Manager's six characters", () => {
  const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:soc/slack-a1B2c3';

  expect(layoutOf(parseDeployment({ ...least, slack: { secret } })).secret).toBe('soc/slack');
  expect(layoutOf(parseDeployment({ ...least, slack: {} }))).not.toHaveProperty('secret');
});

const unsigned = { keys: [], trails: [] };

test.each([
  [{ TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_MODE: '],
  [{ TRAILKEEPER_MODE: 'enforce', TRAILKEEPER_ROLE: 'arn' }, 'TRAILKEEPER_TABLE: '],
  [{ TRAILKEEPER_MODE: 'enforce', TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_ROLE: '],
  [{ TRAILKEEPER_MODE: 'on', TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_MODE: must be "observe"'],
])('a function does not start with the environment %j', (environment, message) => {
  expect(() => parseFunctionEnvironment(environment, unsigned)).toThrow(message);
});

test.each([
  [{ TRAILKEEPER_TABLE: 'state', TRAILKEEPER_LOG_GROUPS: 'log' }, 'TRAILKEEPER_ALERTS: is missing'],
  [{ TRAILKEEPER_ALERTS: '{}', TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_LOG_GROUPS: is missing'],
  [{ TRAILKEEPER_ALERTS: '{}', TRAILKEEPER_LOG_GROUPS: 'log' }, 'TRAILKEEPER_TABLE: is missing'],
])(
  'the function that tells people does not start with the environment %j',
  (variables, message) => {
    expect(() => parseAlertEnvironment(variables)).toThrow(message);
  },
);

test('enforcing without a key is refused, and observing without one is not', () => {
  const environment = {
    TRAILKEEPER_TABLE: 'state',
    TRAILKEEPER_ROLE: 'arn',
    TRAILKEEPER_RULES: '{}',
  };
  const keyless = { ...least, signing: {} };

  expect(() => parseDeployment({ ...keyless, mode: 'enforce' })).toThrow(/signing.keys: must name/);
  expect(() => parseDeployment({ ...keyless, mode: 'observe' })).not.toThrow();
  const as = (mode: string) => ({ ...environment, TRAILKEEPER_MODE: mode });
  expect(() => parseFunctionEnvironment(as('enforce'), unsigned)).toThrow(/must name a key/);
  expect(() => parseFunctionEnvironment(as('observe'), unsigned)).not.toThrow();
});

test('the function that tells people is told how, and where the logs are', () => {
  const deployment = parseDeployment({ ...least, slack: { channel: '#alerts' } });
  const config = alertConfigOf(deployment, layoutOf(deployment));
  const variables = { ...alertEnvironment(config, 'one,other'), TRAILKEEPER_TABLE: 'state' };

  expect(config).toEqual({
    topic: 'arn:aws:sns:us-east-1:111122223333:Trailkeeper-Alarms',
    sns: 'low',
    slack: { secret: 'Trailkeeper-Slack', channel: '#alerts' },
    redactPrincipals: false,
  });
  expect(parseAlertEnvironment(variables)).toEqual({
    config,
    logGroups: ['one', 'other'],
    table: 'state',
  });
});

test.each([
  {},
  { TRAILKEEPER_LOOKUPS_PER_SECOND: '0' },
  { TRAILKEEPER_LOOKUPS_PER_SECOND: 'many' },
])(
  'the function that reads event history does not start with the environment %j',
  (environment) => {
    expect(() => parseBackfillEnvironment(environment)).toThrow('TRAILKEEPER_LOOKUPS_PER_SECOND: ');
  },
);

test('the function that reads event history is told how fast it may', () => {
  const environment = backfillEnvironment({ lookupsPerSecond: 1.5 });

  expect(parseBackfillEnvironment(environment)).toEqual({ lookupsPerSecond: 1.5 });
});

describe('a partition', () => {
  const inRegion = (region: string) => ({ ...least, region });

  test.each(['eusc-de-east-1', 'us-iso-east-1', 'cn-north-1', 'us-gov-west-1'])(
    'is known by its Region %s',
    (region) => {
      expect(parseDeployment(inRegion(region)).homeRegions).toEqual([region]);
    },
  );

  test.each(['us-nowhere-1', 'aws-global', 'us-east-1a', 'US-EAST-1', ''])(
    'is not guessed for %j, which is no Region',
    (region) => {
      expect(() => parseDeployment(inRegion(region))).toThrow(
        `trailkeeper.region: must be a Region, as us-east-1: ${JSON.stringify(region)} is none`,
      );
    },
  );

  test.each([
    ['trails', { trails: ['arn:aws:cloudtrail:cn-north-1:111122223333:trail/main'] }],
    ['cloudWatchLogsRoles', { cloudWatchLogsRoles: ['arn:aws:iam::111122223333:role/logs'] }],
    ['sinks', { sinks: ['arn:aws:s3:::logs'] }],
    ['signing.approvers', { signing: { approvers: ['arn:aws:iam::111122223333:role/Security'] } }],
    [
      'slack.secret',
      { slack: { secret: 'arn:aws:secretsmanager:cn-north-1:111122223333:secret:a' } },
    ],
  ])('is that of every ARN in %s', (path, given) => {
    expect(() => parseDeployment({ ...inRegion('cn-north-1'), ...given })).toThrow(
      new RegExp(
        `trailkeeper\\.${path.replace('.', '\\.')}: must be of the partition of cn-north-1`,
      ),
    );
  });
});
