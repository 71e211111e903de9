import type { Trail } from '#trail/trail-arn.ts';

/**
 * What a person has to do about a call that AWS refuses for good, by the name of the error and of the operation; null where that is
 * not known. Source: the error documentation of the CloudTrail API reference 2018-11-20.
 */
export const remedyFor = (error: string, call?: RefusedCall): string | null =>
  (call && (byDelegatedAdministrator(error, call) ?? inAnotherRegion(error, call))) ??
  (Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null);

/** What a call that was refused had asked for, and of which trail. */
export type RefusedCall = {
  readonly action: string;
  readonly input: object;
  readonly trail: Trail;
};

/** Some Regions lack the newest operations, and may answer that a parameter is invalid; null for any other refusal. */
const inAnotherRegion = (error: string, { action }: RefusedCall): string | null =>
  error === 'InvalidParameterException' && newest.includes(action) ? notAvailable : null;

const newest: readonly string[] = ['PutInsightSelectors', 'PutEventConfiguration'];

/** A log group of another account can be set from that account alone (API reference, UpdateTrail); null for any other refusal. */
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
  'give the bucket back the policy that lets cloudtrail.amazonaws.com write under the prefix of this trail';
const keyPolicy =
  'enable the key, and give it back the policy that lets cloudtrail.amazonaws.com use it for this trail';
const logGroup = 'make the log group again, in the account of the trail';
const logRole =
  'make the role again, with the permission to write to the log group and CloudTrail as its trusted service';
const rights =
  "compare the policies of the caller's role with those that trailkeeper deploys, and grant what the message names: an organization's SCPs, a permissions boundary or the bucket's owner may also deny it";
const organizationRights =
  "an organization trail needs rights in AWS Organizations and IAM beside CloudTrail's: grant the caller's role what the message names, and make sure that no SCP or permissions boundary denies it";
const refusedBaseline =
  'the baseline asks for what CloudTrail refuses: correct it, and capture the trail again with --reason';
const notAvailable =
  'what the baseline asks for is not available for this trail or in its Region: take it out, and capture the trail again with --reason';
const refusedArn =
  'the trail is captured under an ARN that CloudTrail does not take: look it up (aws cloudtrail list-trails), and capture it under its own';

const remedies: Readonly<Record<string, string>> = {
  S3BucketDoesNotExistException:
    'make the bucket again, in the account that owned it, before somebody else takes its name',
  InsufficientS3BucketPolicyException: bucketPolicy,
  InsufficientEncryptionPolicyException: keyPolicy,
  InsufficientSnsTopicPolicyException:
    'make the topic again, or give it back the policy that lets cloudtrail.amazonaws.com publish to it',
  KmsKeyNotFoundException:
    "cancel the deletion of the key and enable it. The key must be in the bucket's Region. It may also be the key that encrypts the SNS topic: look at both",
  KmsException: keyPolicy,
  KmsKeyDisabledException: 'enable the key',
  InvalidCloudWatchLogsLogGroupArnException: logGroup,
  InvalidCloudWatchLogsRoleArnException: logRole,
  CloudWatchLogsDeliveryUnavailableException: logGroup,
  MaximumNumberOfTrailsExceededException:
    'a Region holds five trails: delete one that nobody needs (aws cloudtrail list-trails); somebody may have filled the places on purpose',
  CloudTrailAccessNotEnabledException:
    'give CloudTrail its access to the organization back: aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com',
  NotOrganizationMasterAccountException:
    'only the management account of the organization may do this: deploy trailkeeper there',
  NotOrganizationManagementAccountException:
    'only the management account of the organization may do this: deploy trailkeeper there',
  OrganizationsNotInUseException: 'the account has left its organization: join it again',
  OrganizationNotInAllFeaturesModeException: 'enable all features of the organization',
  AWSOrganizationsNotInUseException: 'the account has left its organization: join it again',
  ConstraintViolationException:
    'the organization does not allow this: look at its quotas and its enabled services',
  AccessDeniedForDependencyException: organizationRights,
  NoManagementAccountSLRExistsException:
    'make the service-linked role again: aws iam create-service-linked-role --aws-service-name cloudtrail.amazonaws.com',
  TagsLimitExceededException: 'remove tags that nobody needs: a trail has at most 50',
  AccessDeniedException: rights,
  AccessDenied: rights,
  InsufficientDependencyServiceAccessPermissionException: organizationRights,
  InsufficientIAMAccessPermissionException: organizationRights,
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
    'the trail has its home in another Region: look it up (aws cloudtrail list-trails), and capture it under the ARN that it has there',
  UnsupportedOperationException: notAvailable,
  UnknownOperationException: notAvailable,
  CloudTrailInvalidClientTokenIdException:
    'the account of the SNS topic is suspended: have it opened again, or correct the baseline, and capture the trail again with --reason',
  TrailAlreadyExistsException:
    'another trail has the name: look in every Region, aws cloudtrail list-trails, and delete or rename what nobody needs',
  OperationNotPermittedException:
    'another service forbids this change (Security Lake does, for its trail): change it there',
};
