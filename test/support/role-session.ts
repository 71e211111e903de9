import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account } from './account.ts';

/** The access key of a session of a role, which an administrator of the management account assumed. */
export async function sessionOf(account: Account, RoleArn: string): Promise<string> {
  const { Credentials } = await new STSClient(account.configOf()).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  );
  return Credentials?.AccessKeyId ?? '';
}
