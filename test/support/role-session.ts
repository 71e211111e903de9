import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account } from './account.ts';

/** The access key of a session of a role, which an administrator of the management account assumed. */
export async function sessionOf(
  { endpoint, region }: Pick<Account, 'endpoint' | 'region'>,
  RoleArn: string,
): Promise<string> {
  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  const { Credentials } = await new STSClient({ endpoint, region, credentials }).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  );
  return Credentials?.AccessKeyId ?? '';
}
