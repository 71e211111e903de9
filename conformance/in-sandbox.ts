import { home } from '#sandbox/seed.ts';
import type { Context } from './context.ts';

/** What a run works on in a sandbox, which has all that is optional: a role for log groups, a member account. */
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
    member: {
      accountId: member,
      connection: asAccount(member),
      logRole: `arn:aws:iam::${member}:role/to-cloudwatch-logs`,
    },
    patienceMs: 5_000,
  };
}
