/**
 * What a person has to do about a call that AWS refuses for good, by the name of the error; null where that is not known.
 * Source: the error documentation of the CloudTrail API reference 2018-11-20.
 */
export const remedyFor = (error: string): string | null =>
  Object.hasOwn(remedies, error) ? (remedies[error] ?? null) : null;

const bucketPolicy =
  'give the bucket back the policy that lets cloudtrail.amazonaws.com write under the prefix of this trail';
const keyPolicy =
  'give the key back the policy that lets cloudtrail.amazonaws.com use it for this trail, and enable it';
const logGroup = 'make the log group again, in the account of the trail';
const logRole =
  'make the role again, with the permission to write to the log group and CloudTrail as its trusted service';
const rights =
  "give the caller's role this permission back: the policy that trailkeeper was deployed with has it";

const remedies: Readonly<Record<string, string>> = {
  S3BucketDoesNotExistException:
    'make the bucket again, in the account that owned it, before somebody else takes its name',
  InsufficientS3BucketPolicyException: bucketPolicy,
  InsufficientEncryptionPolicyException: keyPolicy,
  InsufficientSnsTopicPolicyException:
    'make the topic again, or give it back the policy that lets cloudtrail.amazonaws.com publish to it',
  KmsKeyNotFoundException:
    'cancel the deletion of the key and enable it; the key has to be in the Region of the bucket',
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
  AccessDeniedForDependencyException: rights,
  NoManagementAccountSLRExistsException:
    'make the service-linked role again: aws iam create-service-linked-role --aws-service-name cloudtrail.amazonaws.com',
  TagsLimitExceededException: 'remove tags that nobody needs: a trail has at most 50',
  AccessDeniedException: rights,
  AccessDenied: rights,
  InsufficientDependencyServiceAccessPermissionException: rights,
  InsufficientIAMAccessPermissionException: rights,
  OperationNotPermittedException:
    'another service forbids this change (Security Lake does, for its trail): change it there',
};
