import { generateKeyPairSync } from 'node:crypto';
import { partitions as all } from '#aws/partitions.ts';

const account = '111122223333';
const members = ['222233334444', '333344445555', '444455556666'];

/** For each partition, as many home Regions as the schema allows, with the longest names; the first is the main Region. */
export const partitions = all.map(
  ({ name, regions }) =>
    [name, regions.toSorted((one, other) => other.length - one.length).slice(0, 8)] as const,
);

/** As many entries as the schema allows, with names as long as their service allows; roles have the given path. */
export function largest(partition: string, regions: readonly string[], path = '/service-role/') {
  const [region = ''] = regions;
  const named = (i: number, size: number): string => `${i}-`.padEnd(size, 'x');
  const many = <One>(count: number, make: (i: number) => One): One[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const at = (i: number): string => regions[i % regions.length] ?? region;
  const iam = `arn:${partition}:iam::${account}`;
  const approvers = many(10, (i) => `${iam}:role${path}${named(i, 64)}`);
  const secretOf = (owner: string, i: number): string =>
    `arn:${partition}:secretsmanager:${region}:${owner}:secret:${named(i, 128)}-a1B2c3`;
  const secret = (i: number): string => secretOf(account, i);
  return {
    mode: 'enforce',
    account,
    region,
    homeRegions: regions,
    organization: {
      id: `o-${'a'.repeat(32)}`,
      delegatedAdministrators: members,
    },
    trails: many(
      11,
      (i) => `arn:${partition}:cloudtrail:${at(i)}:${account}:trail/${named(i, 128)}`,
    ),
    cloudWatchLogsRoles: many(4, (i) => `${iam}:role${path}${named(i, 64)}`),
    dependencies: dependenciesOf(390, { account, replicationRole: `${iam}:role/r` }, [
      (name) => `arn:${partition}:s3:::${name}`,
      (name) => `arn:${partition}:kms:${region}:${account}:key/${name}`,
      (name) => `${iam}:role/${name}`,
      (name) => `arn:${partition}:sns:${region}:${account}:${name}`,
      (name) => `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`,
      (name) => `arn:${partition}:logs:${region}:${account}:log-group:${name}`,
    ]),
    dependencyAccounts: members.map((member) => ({ account: member, externalId: 'e'.repeat(64) })),
    sweepEvery: '10 seconds',
    reservedConcurrency: 100,
    archiveDays: 3653,
    lookupsPerSecond: 1.99,
    emails: many(50, (i) => `${named(i, 64)}@example.com`),
    alerts: {
      remindEvery: 168,
      flappingAfter: 1000,
      redactPrincipals: true,
      runbook: `https://wiki.example.com/${'r'.repeat(95)}`,
    },
    maxWindowHours: 24,
    repairsBeforeBackoff: 1000,
    channels: {
      sns: { minSeverity: 'critical' },
      slack: {
        minSeverity: 'critical',
        secret: secret(0),
        signingSecret: secret(1),
        channel: `C${'0'.repeat(20)}`,
        approvers: Object.fromEntries(
          many(50, (i) => [`U${i}`.padEnd(21, 'X'), approvers[i % approvers.length]]),
        ),
      },
      pagerduty: { minSeverity: 'critical', region: 'eu', secret: secret(2) },
      jsm: { minSeverity: 'critical', product: 'opsgenie-eu', secret: secret(3) },
      teams: { minSeverity: 'critical', secret: secret(4) },
      webhook: {
        ...{ minSeverity: 'critical', url: `https://soc.example.com/${'w'.repeat(136)}` },
        secret: secret(5),
      },
      email: {
        ...{ minSeverity: 'critical', from: `${named(0, 64)}@example.com` },
        to: many(4, (i) => `${named(i, 64)}@example.com`),
        region,
      },
      securityhub: { minSeverity: 'critical' },
      eventbridge: {
        minSeverity: 'critical',
        bus: `arn:${partition}:events:${region}:${account}:event-bus/${'b'.repeat(128)}`,
      },
    },
    recovery: {
      bucket: 'b'.repeat(63),
      prefix: 'p'.repeat(200),
      logBuckets: Array.from({ length: 12 }, (_, i) => `${i}`.padStart(63, 'l')),
    },
    watchtower: {
      ...{ account: '555566667777', restore: true, evidenceDays: 3650 },
      emails: many(50, (i) => `${named(i, 64)}@example.com`),
      channels: { sns: {}, securityhub: {}, teams: { secret: secretOf('555566667777', 4) } },
      logBuckets: many(12, (i) => `${i}`.padStart(63, 'l')),
    },
    sentinel: true,
    dashboard: true,
    approvers,
    signing: { keys: many(5, publicKey) },
  };
}

/** One of each kind, and another one of the first that may not be restored; the last is as long as there is room. */
function dependenciesOf(
  room: number,
  { account, replicationRole }: { readonly account: string; readonly replicationRole: string },
  kinds: readonly ((name: string) => string)[],
) {
  const readOnly = kinds.slice(0, 1).map((arnOf) => ({ arn: arnOf('000'), restore: false }));
  const restored = kinds.map((arnOf) => arnOf('111'));
  const used = [
    ...readOnly.map(({ arn }) => arn),
    ...restored,
    `${replicationRole}${'x'.repeat(60)}`,
  ]
    // Alarms count half, and the role 60 more.
    .map((arn) => (arn.includes(':alarm:') ? arn.length / 2 : arn.length))
    .reduce((sum, size) => sum + size, 0);
  const last = `${restored.at(-1)}${'x'.repeat(room - used)}`;
  const all = [
    ...readOnly,
    ...[...restored.slice(0, -1), last].map((arn) => ({ arn, restore: true })),
  ];
  return all.map((one) =>
    one.arn.includes(':s3:') ? { ...one, account, ...(one.restore && { replicationRole }) } : one,
  );
}

const publicKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    type: 'spki',
    format: 'pem',
  }) as string;
