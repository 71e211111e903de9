import { dependencyRemedy, type RefusedCall } from './dependency-remedy.ts';

/**
 * What to do about a call that AWS keeps refusing, by the names of the error and of the operation; null if unknown. Source: the error
 * documentation of the CloudTrail API reference 2018-11-20.
 */
export const remedyFor = (error: string, call?: RefusedCall): string | null =>
  (call &&
    (dependencyRemedy(error, call) ??
      byDelegatedAdministrator(error, call) ??
      inAnotherRegion(error, call))) ??
  (Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null);

/** The remedy if a Region lacks a new operation and reports an invalid parameter instead; null for any other refusal. */
const inAnotherRegion = (error: string, { action }: RefusedCall): string | null =>
  error === 'InvalidParameterException' && newest.includes(action) ? notAvailable : null;

const newest: readonly string[] = ['PutInsightSelectors', 'PutEventConfiguration'];

/** The remedy if the log group is in another account, which only that account can set (API reference, UpdateTrail); null for any other refusal. */
function byDelegatedAdministrator(error: string, { input, trail }: RefusedCall): string | null {
  if (!/^InvalidCloudWatchLogs(LogGroup|Role)Arn/.test(error)) return null;
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = input as Record<
    string,
    string | undefined
  >;
  const owner = group?.split(':')[4] ?? trail.accountId;
  if (owner === trail.accountId) return null;
  return `only the delegated administrator ${owner} can set a log group of its account: in account ${owner}, run aws cloudtrail update-trail --region ${trail.region} --name ${trail.arn} --cloud-watch-logs-log-group-arn '${group}' --cloud-watch-logs-role-arn ${role}`;
}

const bucketPolicy =
  'restore the bucket policy that allows cloudtrail.amazonaws.com to write under the prefix of this trail';
const keyPolicy =
  'enable the key, and restore its policy that allows cloudtrail.amazonaws.com to use it for this trail';
const logGroup = 'create the log group again, in the account of the trail';
const logRole =
  'create the role again, with permission to write to the log group and CloudTrail as its trusted service';
const permissions =
  "compare the policies of the caller's role with those that trailkeeper deploys, and grant what the message names. An SCP, a permissions boundary or the owner of the bucket can also deny it";
const organizationPermissions =
  "an organization trail also needs permissions in AWS Organizations and IAM: grant the caller's role what the message names, and make sure that no SCP or permissions boundary denies it";
const refusedBaseline =
  'the baseline requires what CloudTrail refuses: correct it, and capture the trail again with --reason';
const notAvailable =
  'what the baseline requires is not available for this trail or in its Region: remove it, and capture the trail again with --reason';
const refusedArn =
  'the ARN of the captured trail is not accepted: find its ARN (aws cloudtrail list-trails), and capture it again';

const remedies: Readonly<Record<string, string>> = {
  S3BucketDoesNotExistException:
    'create the bucket again, in the account that owned it, before someone else takes its name',
  InsufficientS3BucketPolicyException: bucketPolicy,
  InsufficientEncryptionPolicyException: keyPolicy,
  InsufficientSnsTopicPolicyException:
    'create the topic again, or restore its policy that allows cloudtrail.amazonaws.com to publish',
  KmsKeyNotFoundException:
    "cancel the deletion of the key and enable it. The key must be in the bucket's Region. It may also be the key that encrypts the SNS topic: check both",
  KmsException: keyPolicy,
  KmsKeyDisabledException: 'enable the key',
  InvalidCloudWatchLogsLogGroupArnException: logGroup,
  InvalidCloudWatchLogsRoleArnException: logRole,
  CloudWatchLogsDeliveryUnavailableException: logGroup,
  MaximumNumberOfTrailsExceededException:
    'a Region holds five trails: delete an unused one (aws cloudtrail list-trails). An attacker may have created trails to reach the limit',
  CloudTrailAccessNotEnabledException:
    'restore CloudTrail access to the organization: aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com',
  NotOrganizationMasterAccountException:
    'only the management account of the organization may do this: deploy trailkeeper there',
  NotOrganizationManagementAccountException:
    'only the management account of the organization may do this: deploy trailkeeper there',
  OrganizationsNotInUseException: 'the account has left its organization: join it again',
  OrganizationNotInAllFeaturesModeException: 'enable all features of the organization',
  AWSOrganizationsNotInUseException: 'the account has left its organization: join it again',
  ConstraintViolationException:
    'the organization does not allow this: check its quotas and its enabled services',
  AccessDeniedForDependencyException: organizationPermissions,
  NoManagementAccountSLRExistsException:
    'create the service-linked role again: aws iam create-service-linked-role --aws-service-name cloudtrail.amazonaws.com',
  TagsLimitExceededException: 'remove unused tags: a trail has at most 50',
  AccessDeniedException: permissions,
  AccessDenied: permissions,
  InsufficientDependencyServiceAccessPermissionException: organizationPermissions,
  InsufficientIAMAccessPermissionException: organizationPermissions,
  InvalidEventSelectorsException: refusedBaseline,
  InvalidInsightSelectorsException: refusedBaseline,
  InvalidParameterException: refusedBaseline,
  InvalidParameterCombinationException: refusedBaseline,
  InvalidTagParameterException: refusedBaseline,
  InvalidKmsKeyIdException: refusedBaseline,
  InvalidSnsTopicNameException: refusedBaseline,
  InvalidS3BucketNameException: refusedBaseline,
  InvalidS3PrefixException: refusedBaseline,
  InvalidTrailNameException: refusedArn,
  CloudTrailARNInvalidException: refusedArn,
  InvalidHomeRegionException:
    'the home Region of the trail is another one: find its ARN (aws cloudtrail list-trails), and capture it under that',
  UnsupportedOperationException: notAvailable,
  UnknownOperationException: notAvailable,
  CloudTrailInvalidClientTokenIdException:
    'the account of the SNS topic is suspended: have it reactivated, or correct the baseline, and capture the trail again with --reason',
  TrailAlreadyExistsException:
    'another trail has this name: list the trails of every Region (aws cloudtrail list-trails), and delete it',
  OperationNotPermittedException:
    'another service forbids this change (Security Lake does, for its trail): change it there',
};
