import { arnPrefix } from './home.ts';
import type { Principal } from './service.ts';
import type { Organization } from './world.ts';

/**
 * The principal that an access key ID belongs to. 12 digits mean an administrator of that account, and 12 digits with
 * `-NAME` another administrator of it. In the management account, `root`, `sso-NAME`, `role-NAME`, `controltower-NAME`
 * and `federated-NAME` mean what they say, and any other ID is an IAM user with that name.
 */
export function principalOf(accessKeyId: string, { managementAccount }: Organization): Principal {
  const [, account, administrator = 'admin'] = /^(\d{12})(?:-(\w+))?$/.exec(accessKeyId) ?? [];
  const accountId = account ?? managementAccount;
  const common = { accountId, accessKeyId, roleArn: null };
  const [, kind = '', name = ''] =
    /^(sso|role|controltower|federated)-(.+)$/.exec(accessKeyId) ?? [];
  const role = roleNames[kind];
  if (role !== undefined) {
    return sessionOf(`${arnPrefix}:iam::${accountId}:role/${role}`, name, accessKeyId);
  }
  if (kind === 'federated') {
    const arn = `${arnPrefix}:sts::${accountId}:federated-user/${name}`;
    return { ...common, type: 'FederatedUser', arn };
  }
  if (accessKeyId === 'root') {
    return { ...common, type: 'Root', arn: `${arnPrefix}:iam::${accountId}:root` };
  }
  const user = account === undefined ? accessKeyId : administrator;
  return { ...common, type: 'IAMUser', arn: `${arnPrefix}:iam::${accountId}:user/${user}` };
}

/** A session of a role that a user or a service assumed. */
export function sessionOf(roleArn: string, sessionName: string, accessKeyId: string): Principal {
  const accountId = roleArn.split(':')[4] ?? '';
  const arn = `${arnPrefix}:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`;
  return { type: 'AssumedRole', arn, accountId, accessKeyId, roleArn };
}

const roleNames: Record<string, string> = {
  sso: 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef',
  role: 'OrganizationAccountAccessRole',
  controltower: 'AWSControlTowerExecution',
};
