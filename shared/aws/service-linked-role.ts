import {
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { nameOf } from './errors.ts';

/** The role with which CloudTrail manages organization trails. Source: CloudTrail User Guide, "Using service-linked roles for CloudTrail". */
export const RoleName = 'AWSServiceRoleForCloudTrail';

/** The name of the role with its path, as it stands in an ARN behind `:role/`. */
export const rolePath = `aws-service-role/cloudtrail.amazonaws.com/${RoleName}`;

/** Whether the account has the role. */
export async function hasServiceLinkedRole(iam: IAMClient): Promise<boolean> {
  try {
    await iam.send(new GetRoleCommand({ RoleName }));
    return true;
  } catch (error) {
    if (isAbsent(nameOf(error))) return false;
    throw error;
  }
}

/** Creates the role; one that is there is no error: CloudTrail creates it, too. */
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
