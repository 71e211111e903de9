import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseDeployment } from '#deployment/config.ts';

const account = '111122223333';
const role = `arn:aws:iam::${account}:role/Security`;
const least = { mode: 'observe', account, region: 'us-east-1', approvers: [role] };
const organization = { id: 'o-a1b2c3d4e5' };
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const times = (count: number, value: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => value(i));

const refusalOf = (given: object): string | null => {
  try {
    parseDeployment({ ...least, ...given });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

const secret = (name: string, arn = 'arn:aws:secretsmanager:us-east-1') => ({
  channels: { slack: { secret: `${arn}:${account}:secret:${name}` } },
});
const key = (id: string, arn = 'arn:aws:kms:us-east-1') => ({
  signing: { key: `${arn}:${account}:key/${id}` },
});
const sso = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com`;
/** The longest URL of a runbook. */
const longestUrl = `https://soc.example.com/${'x'.repeat(96)}`;
const slack = (arn: string) => ({ channels: { slack: { approvers: { U0ALICE: arn } } } });
const uuid = '1234abcd-12ab-34cd-56ef-1234567890ab';

test.each<[what: string, given: object]>([
  ['the longest organization ID', { organization: { id: `o-${'a1'.repeat(16)}` } }],
  [
    '3 delegated administrators',
    {
      organization: {
        ...organization,
        delegatedAdministrators: times(3, (i) => `22223333444${i}`),
      },
    },
  ],
  [
    '8 home Regions',
    {
      homeRegions: [
        'us-east-1',
        'us-east-2',
        'us-west-1',
        'us-west-2',
        'eu-west-1',
        'eu-west-2',
        'eu-west-3',
        'eu-north-1',
      ],
    },
  ],
  [
    '11 trails',
    { trails: times(11, (i) => `arn:aws:cloudtrail:us-east-1:${account}:trail/trail-${i}`) },
  ],
  ['4 roles', { cloudWatchLogsRoles: times(4, (i) => `arn:aws:iam::${account}:role/logs-${i}`) }],
  ['10 approvers', { approvers: times(10, (i) => `arn:aws:iam::${account}:user/team/alice-${i}`) }],
  [
    'a permission set, whatever its suffix',
    { approvers: [`${sso}/eu-central-1/AWSReservedSSO_Security.Admin_*`] },
  ],
  ['a permission set of us-east-1', { approvers: [`${sso}/AWSReservedSSO_Security_*`] }],
  ['50 addresses', { emails: times(50, (i) => `soc-${i}@example.com`) }],
  ['a public key', { signing: { keys: [pem] } }],
  ['a KMS key', key(uuid)],
  ['a KMS key of several Regions', key('mrk-1234abcd12ab34cd56ef1234567890ab')],
  ['a secret', secret('soc/slack-a1B2c3')],
  ['a channel ID', { channels: { slack: { channel: 'C0123ABCDEF' } } }],
  ['the ID of a private channel', { channels: { slack: { channel: 'G012345' } } }],
  ['the most lookups', { lookupsPerSecond: 2 }],
  ['a reminder each week', { alerts: { remindEvery: 168 } }],
  ['windows of a day', { maxWindowHours: 24 }],
  ['5 minutes to decide', { approval: { minutes: 5, otherwise: 'restore' } }],
  ['someone who decides in Slack and may write baselines', slack(role)],
  ...['https://a', 'https://soc-1.example.com:8443', 'https://a/b?c=d&e=(f)', longestUrl].map(
    (runbook) => [`a runbook at ${runbook}`, { alerts: { runbook } }] as [string, object],
  ),
  ['a day to decide', { approval: { minutes: 1440, otherwise: 'alert' } }],
  ...['10 seconds', '1 minute', '2 minutes', '15 minutes', '60 minutes', '1 hour'].map(
    (sweepEvery) => [sweepEvery, { sweepEvery }] as [string, object],
  ),
  ...['critical', 'high', 'medium', 'low', 'never'].map(
    (minSeverity) => [minSeverity, { channels: { sns: { minSeverity } } }] as [string, object],
  ),
])('accepts %s', (_what, given) => {
  expect(refusalOf(given)).toBeNull();
});

test('accepts ARNs of another partition in its Regions', () => {
  const china = (arn: string) =>
    arn.replace('arn:aws:', 'arn:aws-cn:').replace('us-east-1', 'cn-north-1');

  expect(
    refusalOf({
      ...{
        region: 'cn-north-1',
        approvers: [china(role), china(`${sso}/AWSReservedSSO_Security_*`)],
      },
      signing: { key: china(key(uuid).signing.key) },
      channels: { slack: { secret: china(secret('soc').channels.slack.secret) } },
    }),
  ).toBeNull();
});

test.each<[what: string, given: object, refusal: string]>([
  [
    'a Region that is no text',
    { region: 1 },
    'trailkeeper.region: must be a Region, for example us-east-1',
  ],
  [
    'an organization that is no object',
    { organization: 'o-a1b2c3d4e5' },
    'trailkeeper.organization: must be an object with id, or be left out in an account that is not the management account',
  ],
  [
    '4 delegated administrators',
    {
      organization: {
        ...organization,
        delegatedAdministrators: times(4, (i) => `22223333444${i}`),
      },
    },
    'trailkeeper.organization.delegatedAdministrators: must have at most 3 accounts, the limit of CloudTrail',
  ],
  [
    '9 home Regions',
    { homeRegions: times(9, () => 'us-east-1') },
    'trailkeeper.homeRegions: must have at most 8 Regions: use one multi-Region trail instead',
  ],
  ['no trail', { trails: [] }, 'trailkeeper.trails: must name a trail, or be left out'],
  [
    '12 trails',
    { trails: times(12, (i) => `arn:aws:cloudtrail:us-east-1:${account}:trail/trail-${i}`) },
    'trailkeeper.trails: must have at most 11 trails: leave it out to protect every trail of homeRegions',
  ],
  [
    '5 roles',
    { cloudWatchLogsRoles: times(5, (i) => `arn:aws:iam::${account}:role/logs-${i}`) },
    'trailkeeper.cloudWatchLogsRoles: must have at most 4 roles: leave it out to allow every role',
  ],
  [
    'text for a number',
    { lookupsPerSecond: '1' },
    'trailkeeper.lookupsPerSecond: must be a number',
  ],
  [
    '51 addresses',
    { emails: times(51, (i) => `soc-${i}@example.com`) },
    'trailkeeper.emails: must have at most 50 addresses: use a mailing list',
  ],
  [
    'one approver instead of a list',
    { approvers: role },
    'trailkeeper.approvers: must name who may change baselines: run npx --no -- trailkeeper init',
  ],
  ['no approver', { approvers: [] }, 'trailkeeper.approvers: must name a user or a role'],
  [
    '11 approvers',
    { approvers: times(11, (i) => `${role}-${i}`) },
    'trailkeeper.approvers: must have at most 10 ARNs: name a role that several people assume',
  ],
  [
    'windows of 25 hours',
    { maxWindowHours: 25 },
    'trailkeeper.maxWindowHours: must be 24 hours or less',
  ],
  [
    'a reminder after a week',
    { alerts: { remindEvery: 169 } },
    'trailkeeper.alerts.remindEvery: must be 168 or less, which is a week',
  ],
  [
    '6 keys',
    { signing: { keys: times(6, () => pem) } },
    'trailkeeper.signing.keys: must have at most 5 keys',
  ],
  [
    'a key twice',
    { signing: { keys: [pem, pem] } },
    'trailkeeper.signing.keys: must name each key once',
  ],
  [
    'more than a day to decide',
    { approval: { minutes: 1441 } },
    'trailkeeper.approval.minutes: must be 1440 or less, which is a day',
  ],
  [
    'approval that is given by itself',
    { approval: { otherwise: 'approve' } },
    'trailkeeper.approval.otherwise: must be "restore" or "alert"',
  ],
  [
    'someone who decides in Slack, but may not write baselines',
    slack(`${role}Desk`),
    `trailkeeper.channels.slack.approvers.U0ALICE: must be one of approvers: ${role}Desk is not`,
  ],
  [
    'a runbook on a page without encryption',
    { alerts: { runbook: 'http://soc.example.com' } },
    'trailkeeper.alerts.runbook: must be an https URL of at most 120 characters, without a fragment',
  ],
  [
    'a key that is no text',
    { signing: { keys: [7] } },
    'trailkeeper.signing.keys.0: must be a public key in PEM: print yours with npx --no -- trailkeeper keys',
  ],
  [
    'a private key',
    { signing: { keys: ['-----BEGIN PRIVATE KEY-----'] } },
    'trailkeeper.signing.keys.0: must be a public key: this is a private key, keep it out of here: print yours with npx --no -- trailkeeper keys',
  ],
])('refuses %s, and says what is right', (_what, given, refusal) => {
  expect(refusalOf(given)).toBe(refusal);
});

test.each<[what: string, given: object, path: string]>([
  ...['x-o-a1b2c3d4e5', 'o-a1b2c3d4e', `o-${'a'.repeat(33)}`, 'o-A1B2C3D4E5', 'o-a1b2c3d4e5/x'].map(
    (id) =>
      ['an organization ID', { organization: { id } }, 'organization.id'] as [
        string,
        object,
        string,
      ],
  ),
  ...[
    ...[
      ` ${role}`,
      `${role} `,
      `${role}*`,
      role.replace(account, '1'),
      role.replace(account, 'account-0000'),
      role.replace('role', 'group'),
    ],
    ...[
      `${sso}/AWSReservedSSO_Security_*x`,
      `x${sso}/AWSReservedSSO_Security_*`,
      `${sso}/EU/AWSReservedSSO_Security_*`,
      `${sso}/AWSReservedSSO_*`,
      `${sso}/*`,
    ],
    ...[role.replace('arn:aws:', 'arn:AWS:')],
  ].map((arn) => ['an approver', { approvers: [arn] }, 'approvers.0'] as [string, object, string]),
  ...[
    ...[
      key(uuid, ' arn:aws:kms:us-east-1'),
      key(`${uuid} `),
      key(''),
      key('a_b'),
      key('a'.repeat(65)),
    ],
    ...[
      key(uuid, 'arn:aws:kms:'),
      key(uuid, 'arn:AWS:kms:us-east-1'),
      key(uuid, 'arn:aws:kms:Frankfurt'),
    ],
    ...['1', 'account-0000'].map((id) => ({
      signing: { key: key(uuid).signing.key.replace(account, id) },
    })),
  ].map((given) => ['a KMS key', given, 'signing.key'] as [string, object, string]),
  ...[
    ...[
      secret('a', ' arn:aws:secretsmanager:us-east-1'),
      secret('a b'),
      secret('a*'),
      secret(''),
      secret('a'.repeat(136)),
    ],
    ...[
      secret('a', 'arn:AWS:secretsmanager:us-east-1'),
      secret('a', 'arn:aws:secretsmanager:Frankfurt'),
    ],
    ...['1', 'account-0000'].map((id) => ({
      channels: { slack: { secret: secret('a').channels.slack.secret.replace(account, id) } },
    })),
  ].map((given) => ['a secret', given, 'channels.slack.secret'] as [string, object, string]),
  ...[
    'xC0123ABCDEF',
    'C0123ABCDEF/x',
    'X0123ABCDEF',
    'C01',
    `C${'-'.repeat(8)}`,
    `C${'0'.repeat(21)}`,
    '#security-alerts',
  ].map(
    (channel) =>
      ['a channel', { channels: { slack: { channel } } }, 'channels.slack.channel'] as [
        string,
        object,
        string,
      ],
  ),
  ...[
    ...[
      ' https://soc.example.com',
      'https://soc.example.com ',
      'https://',
      'https://-a',
      'https:///a',
    ],
    ...[
      'https://soc.example.com/a#b',
      'https://soc.example.com/a b',
      'https://soc.example.com/<a>',
    ],
    ...[
      'https://soc.example.com:port',
      'https://soc.example.com:123456',
      'https://soc_1.example.com',
    ],
    ...['https://user@soc.example.com', `${longestUrl}x`],
  ].map(
    (runbook) =>
      ['a runbook', { alerts: { runbook } }, 'alerts.runbook'] as [string, object, string],
  ),
  ...[
    'every 10 seconds',
    '10 seconds ',
    '61 minutes',
    '99 minutes',
    '1x minutes',
    '0 minutes',
    '70 minutes',
    '4 hours',
  ].map((sweepEvery) => ['a rate', { sweepEvery }, 'sweepEvery'] as [string, object, string]),
])('refuses %s that is none: %j', (_what, given, path) => {
  expect(refusalOf(given)).toContain(`trailkeeper.${path}: must be`);
});
