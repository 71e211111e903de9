import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';

/** The ARN by which policies know the caller: of the user, or of the role of a session. Null for a root user, which cannot approve. */
export async function approverArn(caller: string): Promise<string | null> {
  if (caller.includes(':user/')) return caller;
  const [, RoleName] = /:assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (RoleName === undefined) return null;
  const { Role } = await new IAMClient().send(new GetRoleCommand({ RoleName }));
  // The name of a role of IAM Identity Center ends in 16 characters that change when the role is created again.
  return Role?.Arn?.replace(/(\/AWSReservedSSO_.+_)[0-9a-f]{16}$/, '$1*') ?? null;
}
