import { home } from '#sandbox/seed.ts';
import type { Context } from './context.ts';

/** The settings of a run in a sandbox, which has everything optional: a role for log groups and a member account. */
export function inSandbox(endpoint: string): Omit<Context, 'run' | 'bucket'> {
  const asAccount = (accessKeyId: string) => ({
    endpoint,
    credentials: { accessKeyId, secretAccessKey: 'any' },
  });
  // The other member is a delegated administrator.
  const member = '333344445555';
  return {
    accountId: home.accountId,
    region: home.region,
    otherRegion: 'eu-central-1',
    connection: asAccount(home.accountId),
    logRole: `arn:aws:iam::${home.accountId}:role/org-trail-to-cloudwatch-logs`,
    workflowRole: `arn:aws:iam::${home.accountId}:role/workflows`,
    emailFrom: 'trailkeeper@example.com',
    member: {
      accountId: member,
      connection: asAccount(member),
      logRole: `arn:aws:iam::${member}:role/to-cloudwatch-logs`,
    },
    patienceMs: 5_000,
  };
}
