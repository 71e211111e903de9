import { arnPrefix } from './home.ts';
import type { Principal } from './service.ts';
import type { Organization } from './world.ts';

/**
 * Who holds an access key id. 12 digits are an administrator of that account; in the management account, `root`,
 * `sso-NAME`, `role-NAME`, `controltower-NAME` and `federated-NAME` are what they say, and anything else is a user of that name.
 */
export function principalOf(accessKeyId: string, { managementAccount }: Organization): Principal {
  const isAccount = /^\d{12}$/.test(accessKeyId);
  const accountId = isAccount ? accessKeyId : managementAccount;
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
  const user = isAccount ? 'admin' : accessKeyId;
  return { ...common, type: 'IAMUser', arn: `${arnPrefix}:iam::${accountId}:user/${user}` };
}

/** A session of a role, as someone or a service that assumed it holds one. */
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
