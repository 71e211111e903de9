import {
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { nameOf } from './errors.ts';

/** CloudTrail's service-linked role, with which it manages organization trails. Source: CloudTrail User Guide, "Using service-linked roles for CloudTrail". */
export const RoleName = 'AWSServiceRoleForCloudTrail';

/** The role's path and name, as in an ARN after `:role/`. */
export const rolePath = `aws-service-role/cloudtrail.amazonaws.com/${RoleName}`;

/** Whether the role exists in the account. */
export async function hasServiceLinkedRole(iam: IAMClient): Promise<boolean> {
  try {
    await iam.send(new GetRoleCommand({ RoleName }));
    return true;
  } catch (error) {
    if (isAbsent(nameOf(error))) return false;
    throw error;
  }
}

/** Creates the role. An existing role is no error, because CloudTrail creates it too. */
export async function createServiceLinkedRole(
  iam: IAMClient,
  AWSServiceName: string,
): Promise<void> {
  try {
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
  } catch (error) {
    if (!nameOf(error).startsWith('InvalidInput') || !(await hasServiceLinkedRole(iam)))
      throw error;
  }
}

const isAbsent = (name: string): boolean => name.startsWith('NoSuchEntity');
