import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as organizations from '@aws-sdk/client-organizations';
import { describe, expect, test } from 'vitest';
import { isConflict, isTransient } from '#aws/errors.ts';
import { remedyFor } from '#reconcile/refusal-remedy.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

/** The errors that calls keep failing with until an operator acts, and what the remedy names. */
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
  ['InvalidEventSelectorsException', 'correct it'],
  ['InvalidInsightSelectorsException', 'correct it'],
  ['InvalidParameterException', 'correct it'],
  ['InvalidParameterCombinationException', 'correct it'],
  ['InvalidTagParameterException', 'correct it'],
  ['InvalidKmsKeyIdException', 'correct it'],
  ['InvalidSnsTopicNameException', 'correct it'],
  ['InvalidS3BucketNameException', 'correct it'],
  ['InvalidS3PrefixException', 'capture the trail again with --reason'],
  ['InvalidTrailNameException', 'list-trails'],
  ['CloudTrailARNInvalidException', 'ARN'],
  ['InvalidHomeRegionException', 'Region'],
  ['UnsupportedOperationException', 'baseline'],
  ['CloudTrailInvalidClientTokenIdException', 'topic'],
  ['TrailAlreadyExistsException', 'every Region'],
];

/** The calls that write to a trail. */
const writes = [
  'CreateTrail',
  'UpdateTrail',
  'StartLogging',
  'PutEventSelectors',
  'PutInsightSelectors',
  'PutEventConfiguration',
  'AddTags',
  'RemoveTags',
] as const;

/** Errors about event data stores and channels, of calls that accept more than trails. */
const ofOthers = /^(EventDataStore|InactiveEventDataStore|InvalidEventDataStore|Channel)/;

/** Errors that are no longer used, or that cannot occur for a trail. Source: API reference. */
const never = ['TrailNotProvidedException', 'ResourceTypeNotSupportedException'];

/** Errors of CreateTrail and UpdateTrail of an organization trail if the caller lacks permissions in other services. */
const organizationRefusals = [
  'InsufficientDependencyServiceAccessPermissionException',
  'InsufficientIAMAccessPermissionException',
  'AccessDeniedForDependencyException',
];

const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');

describe('the remedy', () => {
  test.each(refusals)('for %s names what to check: %s', (error, what) => {
    expect(remedyFor(error)).toContain(what);
    expect(remedyFor(error)).toMatch(/^[a-z].*[^.]$/);
  });

  test('for a log group of another account names the account and the command', () => {
    const call = { kind: 'settings', action: 'UpdateTrail', trail };
    const pair = (accountId: string) => ({
      CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:${accountId}:log-group:central:*`,
      CloudWatchLogsRoleArn: `arn:aws:iam::${accountId}:role/to-logs`,
    });
    const error = 'InvalidCloudWatchLogsLogGroupArnException';

    const foreign = remedyFor(error, { ...call, input: pair('222233334444') });

    expect(foreign).toMatch(/^only the delegated administrator 222233334444 can/);
    expect(foreign).toContain(`update-trail --region us-east-1 --name ${trail.arn}`);
    expect(remedyFor(error, { ...call, input: pair('111122223333') })).toBe(remedyFor(error));
  });

  test.each(refusals)('for %s is found under the name that the SDK uses', (error) => {
    expect({ ...cloudtrail, ...organizations }).toHaveProperty(error);
  });

  test.each(writes)('is known for every permanent error of %s', async (call) => {
    const all = await documentedErrors(call);
    const forGood = all.filter((error) => {
      const thrown = Object.assign(new Error(error), { name: error });
      return !isTransient(thrown) && !isConflict(thrown) && !ofOthers.test(error);
    });

    expect(all).toContain('UnsupportedOperationException');
    for (const error of all) expect(cloudtrail).toHaveProperty(error);
    const unknown = forGood.filter((error) => remedyFor(error) === null);
    expect(unknown.filter((error) => !never.includes(error))).toStrictEqual([]);
  });

  test('for a key that CloudTrail cannot use begins with enabling it', () => {
    expect(remedyFor('KmsException')).toMatch(/^enable the key/);
  });

  test.each(['PutInsightSelectors', 'PutEventConfiguration'])(
    'for an operation that a Region lacks says that: %s',
    (operation) => {
      const refusals = ['UnsupportedOperation', 'UnknownOperation', 'InvalidParameter'];
      for (const refusal of refusals) {
        const call = { kind: 'settings', action: operation, input: {}, trail };
        expect(remedyFor(`${refusal}Exception`, call)).toContain('not available');
      }
      const update = { kind: 'settings', action: 'UpdateTrail', input: {}, trail };
      expect(remedyFor('InvalidParameterException', update)).not.toContain('not available');
    },
  );

  test.each(['AccessDenied', 'AccessDeniedException', 'AuthorizationErrorException'])(
    'for a dependency that may not be written names the configuration: %s',
    (error) => {
      const call = { kind: 'bucket', action: 'PutBucketPolicy', input: {}, trail };

      expect(remedyFor(error, call)).toMatch(/"restore": true.*dependencies.*"alert" for bucket/);
      expect(remedyFor('NoSuchBucket', call)).toBeNull();
    },
  );

  test.each([
    ['log-group', 'AssociateKmsKey', { logGroupArn: 'a' }, 'InvalidParameterException', 'key'],
    ['log-group', 'PutRetentionPolicy', { logGroupArn: 'a' }, 'LogGroupNotFound', 'create'],
    ['log-role', 'AttachRolePolicy', { RoleArn: 'a' }, 'NoSuchEntityException', 'create'],
    [
      'log-role',
      'PutRolePolicy',
      { RoleArn: 'arn:aws:iam::999988887777:role/a' },
      'AccessDenied',
      'account 999988887777',
    ],
  ])('for a %s that %s cannot restore says what to do', (kind, action, input, error, part) => {
    expect(remedyFor(error, { kind, action, input, trail })).toContain(part);
  });

  test('for a key that is not found names the key of the topic, too', () => {
    expect(remedyFor('KmsKeyNotFoundException')).toContain('SNS topic');
  });

  test('for a refused organization trail does not claim that the policy is right', () => {
    for (const error of organizationRefusals) {
      expect(remedyFor(error)).not.toMatch(/deployed with has it/);
      expect(remedyFor(error)).toMatch(/Organizations.*IAM/);
    }
  });

  test('for a denied call is the same under both error names', () => {
    expect(remedyFor('AccessDenied')).toBe(remedyFor('AccessDeniedException'));
  });

  test.each(['ThrottlingException', '', 'Error', 'toString', 'constructor', '__proto__'])(
    'for %j is unknown',
    (error) => {
      expect(remedyFor(error)).toBeNull();
    },
  );
});

/** The errors that the API model has for a call, as the SDK documents them; its schema has none. */
async function documentedErrors(call: (typeof writes)[number]): Promise<readonly string[]> {
  const main = createRequire(import.meta.url).resolve('@aws-sdk/client-cloudtrail');
  const declaration = join(dirname(main), `../dist-types/commands/${call}Command.d.ts`);
  const throws = (await readFile(declaration, 'utf8')).matchAll(/@throws \{@link (\w+)\} \(/g);
  return [...throws].flatMap(([, error]) => error ?? []);
}

test('a remedy for one error is not that for another with the same call', () => {
  const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');
  const CloudWatchLogsLogGroupArn = 'arn:aws:logs:us-east-1:222233334444:log-group:logs:*';
  const call = {
    kind: 'settings',
    action: 'UpdateTrail',
    input: { CloudWatchLogsLogGroupArn },
    trail,
  };
  const insights = { ...call, kind: 'insight-selectors', action: 'PutInsightSelectors' };
  const role = 'InvalidCloudWatchLogsRoleArnException';

  expect(remedyFor('KmsException', call)).toBe(remedyFor('KmsException'));
  expect(remedyFor(role, call)).toContain('delegated administrator 222233334444');
  expect(remedyFor(role, { ...call, input: {} })).toBe(remedyFor(role));
  expect(remedyFor('KmsException', insights)).toBe(remedyFor('KmsException'));
});
