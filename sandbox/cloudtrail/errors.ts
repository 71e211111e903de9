import { AwsError } from '../service.ts';

// Errors that several files throw.

// Message: AWS's, as reported in turbot/steampipe-plugin-aws#577.
export const wrongAccount = (accountId: string): AwsError =>
  new AwsError(
    'CloudTrailARNInvalidException',
    `AccountID in ARN is wrong, you can only access resources with AccountID ${accountId}.`,
  );

export const malformedArn = (arn: string): AwsError =>
  new AwsError('CloudTrailARNInvalidException', `Trail ARN is not valid: ${arn}`);

export const notManagementAccount = (accountId: string): AwsError =>
  new AwsError(
    'NotOrganizationMasterAccountException',
    `Account ${accountId} is not the management account of the organization.`,
  );

export const notInOrganization = (accountId: string): AwsError =>
  new AwsError(
    'OrganizationsNotInUseException',
    `Account ${accountId} is not a member of an organization.`,
  );

export const noTrustedAccess = (): AwsError =>
  new AwsError(
    'CloudTrailAccessNotEnabledException',
    'Trusted access between AWS Organizations and CloudTrail is not enabled.',
  );

// Message: AWS's (natsukium/dotfiles#716).
export const noDependencyAccess = (): AwsError =>
  new AwsError(
    'InsufficientDependencyServiceAccessPermissionException',
    'AWS CloudTrail cannot create resources for your organization because access to one or more required APIs has been denied.',
  );
