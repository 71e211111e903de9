import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as organizations from '@aws-sdk/client-organizations';
import { describe, expect, test } from 'vitest';
import { remedyFor } from '#core/remedy.ts';

/** What the calls that write to a trail may be refused with until a person acts, and what that person has to look at. */
const refusals: readonly (readonly [string, string])[] = [
  ['S3BucketDoesNotExistException', 'bucket'],
  ['InsufficientS3BucketPolicyException', 'bucket'],
  ['InsufficientEncryptionPolicyException', 'key'],
  ['InsufficientSnsTopicPolicyException', 'topic'],
  ['KmsKeyNotFoundException', 'key'],
  ['KmsException', 'key'],
  ['KmsKeyDisabledException', 'key'],
  ['InvalidCloudWatchLogsLogGroupArnException', 'log group'],
  ['InvalidCloudWatchLogsRoleArnException', 'role'],
  ['MaximumNumberOfTrailsExceededException', 'five trails'],
  ['CloudTrailAccessNotEnabledException', 'enable-aws-service-access'],
  ['NotOrganizationMasterAccountException', 'management account'],
  ['NotOrganizationManagementAccountException', 'management account'],
  ['OrganizationsNotInUseException', 'organization'],
  ['OrganizationNotInAllFeaturesModeException', 'all features'],
  ['NoManagementAccountSLRExistsException', 'create-service-linked-role'],
  ['TagsLimitExceededException', 'at most 50'],
  ['AccessDeniedException', 'permission'],
  ['InsufficientDependencyServiceAccessPermissionException', 'permission'],
  ['InsufficientIAMAccessPermissionException', 'permission'],
  ['OperationNotPermittedException', 'Security Lake'],
];

describe('the remedy', () => {
  test.each(refusals)('for %s says what to look at: %s', (error, what) => {
    expect(remedyFor(error)).toContain(what);
    expect(remedyFor(error)).toMatch(/^[a-z].*[^.]$/);
  });

  test.each(refusals)('for %s is for an error under the name that the SDK gives it', (error) => {
    expect({ ...cloudtrail, ...organizations }).toHaveProperty(error);
  });

  test('for calls that IAM refuses is the same under either of their names', () => {
    expect(remedyFor('AccessDenied')).toBe(remedyFor('AccessDeniedException'));
  });

  test.each(['ThrottlingException', '', 'Error', 'toString', 'constructor', '__proto__'])(
    'for %j is not known',
    (error) => {
      expect(remedyFor(error)).toBeNull();
    },
  );
});
