import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { deployment } from '#sandbox/seed.ts';
import { synthesize } from '#sandbox/synth.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The CDK app, synthesized once per test run: with the minimum configuration, by mode, and with every option set. */
    readonly cdkOut: {
      readonly observe: string;
      readonly enforce: string;
      readonly everything: string;
    };
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
  ],
  dependencyAccounts: [{ account: '444455556666', externalId: 'f0e1d2c3b4a5968778695a4b3c2d1e0f' }],
  sweepEvery: '10 minutes',
  reservedConcurrency: 5,
  archiveDays: 30,
  lookupsPerSecond: 2,
  emails: ['security@example.com', 'duty@example.com'],
  alerts: { remindEvery: 12, flappingAfter: 10, sns: 'high', redactPrincipals: true },
  slack: { channel: '#security-alerts' },
  sentinel: true,
  dashboard: true,
  approvers: ['arn:aws:iam::111122223333:role/Security'],
  signing: deployment.signing,
};

/** Synthesizes the app before the first test and deletes it after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [observe, enforce, all, observing, enforcing] = await Promise.all([
    synthesize(least),
    synthesize({ ...least, mode: 'enforce' }),
    synthesize(everything),
    synthesize({ ...deployment, mode: 'observe' }),
    synthesize({ ...deployment, mode: 'enforce' }),
  ]);
  provide('cdkOut', { observe, enforce, everything: all });
  provide('deployed', { observe: observing, enforce: enforcing });
  return async () => {
    const folders = [observe, enforce, all, observing, enforcing];
    for (const folder of folders) await rm(folder, { recursive: true });
  };
}
