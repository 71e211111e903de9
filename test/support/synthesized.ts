import type { TestProject } from 'vitest/node';
import { deployment } from '#sandbox/seed.ts';
import { synthesize } from '#sandbox/synth.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The CDK app, synthesized once per test run, by configuration. */
    readonly cdkOut: Readonly<Record<keyof typeof configurations, string>>;
    /** The app that is deployed into the sandbox, by mode. */
    readonly deployed: { readonly observe: string; readonly enforce: string };
  }
}

/** The required configuration. */
export const least = {
  mode: 'observe',
  account: '111122223333',
  region: 'us-east-1',
  approvers: ['arn:aws:iam::111122223333:role/Security'],
};

/** A configuration with every key. The main Region is not the one that records IAM calls. */
export const everything = {
  mode: 'enforce',
  account: '111122223333',
  region: 'eu-central-1',
  homeRegions: ['eu-central-1', 'eu-west-1'],
  organization: {
    id: 'o-a1b2c3d4e5',
    delegatedAdministrators: ['222233334444', '333344445555'],
  },
  trails: [
    'arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization',
    'arn:aws:cloudtrail:eu-west-1:111122223333:trail/west',
  ],
  cloudWatchLogsRoles: ['arn:aws:iam::111122223333:role/CloudTrail_CloudWatchLogs'],
  dependencies: [
    { arn: 'arn:aws:s3:::organization-logs', account: '444455556666', restore: true },
    {
      arn: 'arn:aws:kms:eu-central-1:222233334444:key/0a1b2c3d-0000-4000-8000-000000000001',
    },
    { arn: 'arn:aws:sns:eu-central-1:111122223333:organization-logs', restore: true },
    { arn: 'arn:aws:logs:eu-central-1:111122223333:log-group:organization', restore: true },
    { arn: 'arn:aws:iam::111122223333:role/CloudTrail_CloudWatchLogs', restore: true },
  ],
  dependencyAccounts: [{ account: '444455556666', externalId: 'f0e1d2c3b4a5968778695a4b3c2d1e0f' }],
  sweepEvery: '10 minutes',
  reservedConcurrency: 5,
  archiveDays: 30,
  lookupsPerSecond: 2,
  emails: ['security@example.com', 'duty@example.com'],
  alerts: { remindEvery: 12, flappingAfter: 10, redactPrincipals: true },
  channels: {
    sns: { minSeverity: 'high' },
    slack: {
      channel: 'C0123ABCDEF',
      approvers: { U0123ABCDEF: 'arn:aws:iam::111122223333:role/Security' },
    },
    pagerduty: { region: 'eu', minSeverity: 'critical' },
    jsm: {},
    teams: {},
    webhook: { url: 'https://soc.example.com/trailkeeper' },
    email: { from: 'trailkeeper@example.com', to: ['duty@example.com'] },
    securityhub: {},
    eventbridge: { bus: 'arn:aws:events:eu-central-1:111122223333:event-bus/soc' },
  },
  watchtower: {
    ...{ account: '555566667777', restore: true, evidenceDays: 365 },
    ...{ emails: ['duty@example.com'], logBuckets: ['organization-logs'] },
  },
  recovery: { bucket: 'evidence', prefix: 'recovered', logBuckets: ['organization-logs'] },
  sentinel: true,
  dashboard: true,
  approvers: ['arn:aws:iam::111122223333:role/Security'],
  signing: deployment.signing,
};

/** The secrets of channels, if they exist before the deployment. */
const given = (name: string) => ({
  secret: `arn:aws:secretsmanager:us-east-1:111122223333:secret:security/${name}-a1b2c3`,
});

const configurations = {
  observe: least,
  enforce: { ...least, mode: 'enforce' },
  everything,
  observeWithEverything: {
    ...everything,
    mode: 'observe',
    // Mode observe refuses it.
    watchtower: { ...everything.watchtower, restore: false },
  },
  givenSecrets: {
    ...least,
    channels: {
      sns: { minSeverity: 'never' },
      slack: {
        ...{ ...given('slack'), signingSecret: given('signing').secret, channel: 'C0123ABCDEF' },
        approvers: { U0123ABCDEF: 'arn:aws:iam::111122223333:role/Security' },
      },
      pagerduty: given('pagerduty'),
      jsm: given('jsm'),
      teams: given('teams'),
      webhook: { ...given('webhook'), url: 'https://soc.example.com/trailkeeper' },
    },
  },
};

/** Synthesizes the app before the first test: in one process, which loads the CDK once. */
export async function setup({ provide }: TestProject): Promise<void> {
  provide('cdkOut', await synthesizeEach(configurations));
  provide(
    'deployed',
    await synthesizeEach({
      observe: { ...deployment, mode: 'observe' },
      enforce: { ...deployment, mode: 'enforce' },
    }),
  );
}

async function synthesizeEach<Name extends string>(
  apps: Readonly<Record<Name, object>>,
): Promise<Record<Name, string>> {
  const folders = Object.entries<object>(apps).map(
    async ([name, app]) => [name, await synthesize(app)] as const,
  );
  return Object.fromEntries(await Promise.all(folders)) as Record<Name, string>;
}
