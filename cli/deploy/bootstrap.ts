import { IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { messageOf } from '#aws/errors.ts';
import { partitionOf } from '#aws/partitions.ts';
import type { AccountRegion } from '#aws/resource-names.ts';
import { note } from '../terminal.ts';
import { applyPolicies } from './execution-policies.ts';
import { cdkOut, isProgress, runCdk, type Variables } from './process.ts';

/**
 * Prepares each account and Region for the CDK: the execution policies, then the toolkit stack. All of it may run again. In accounts other
 * than the main one it assumes `memberRole`, and lets the main account deploy there.
 */
export async function bootstrap(
  [main, ...others]: readonly [AccountRegion, ...AccountRegion[]],
  memberRole: string,
): Promise<void> {
  const partition = partitionOf(main.region);
  const accounts = new Set([main, ...others].map(({ account }) => account));
  for (const account of accounts) {
    const regions = [main, ...others].filter((one) => one.account === account);
    const isMain = account === main.account;
    const role = `arn:${partition}:iam::${account}:role/${memberRole}`;
    const variables = isMain ? {} : await credentialsOf(role);
    note(`Preparing account ${account}: ${regions.map(({ region }) => region).join(', ')}`);
    const iam = new IAMClient(isMain ? {} : { credentials: keysIn(variables) });
    const arns = await applyPolicies(iam, partition, account);
    await runCdk(
      [
        'bootstrap',
        ...regions.map(({ region }) => `aws://${account}/${region}`),
        ...(isMain ? [] : ['--trust', main.account]),
        ...['--cloudformation-execution-policies', arns.join(',')],
        ...['--app', cdkOut],
      ],
      variables,
      isProgress,
    );
  }
}

/** The credentials of a role in another account, as variables for a child process. */
async function credentialsOf(RoleArn: string): Promise<Variables> {
  try {
    const { Credentials } = await new STSClient().send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'trailkeeper-deploy' }),
    );
    return {
      AWS_PROFILE: undefined,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials?.SessionToken,
    };
  } catch (cause) {
    throw new Error(
      `${RoleArn} cannot be assumed: ${messageOf(cause)}. Pass --member-role with a role that you may assume in that account. Or bootstrap the account with its own credentials, as docs/operations.md says under "Delegated administrators", and run this again with --skip-bootstrap`,
      { cause },
    );
  }
}

const keysIn = (variables: Variables) => ({
  accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
  sessionToken: variables.AWS_SESSION_TOKEN ?? '',
});
