import { TrailNotFoundException } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { isRetryable, messageOf, nameOf, nullIfTrailNotFound } from '#aws/errors.ts';

/** An error as the SDK throws it. */
const awsError = (name: string, message = 'no', httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } });

const networkError = (code: string): Error => Object.assign(new Error('no'), { code });

describe('the same write may succeed later', () => {
  test.each<[string, unknown]>([
    ['it was throttled', awsError('ThrottlingException', 'Rate exceeded')],
    ['it was throttled under another name', awsError('Throttling')],
    ['the answer was 429', awsError('Whatever', 'no', 429)],
    ['CloudTrail failed inside', awsError('InternalFailure', 'no', 500)],
    ['CloudTrail was not available', awsError('ServiceUnavailable', 'no', 503)],
    ['CloudTrail failed in an unknown way', awsError('Whatever', 'no', 599)],
    ['the connection was reset', networkError('ECONNRESET')],
    ['the connection was refused', networkError('ECONNREFUSED')],
    ['the name was not resolved', networkError('EAI_AGAIN')],
    ['the call timed out', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    ['the connection was reset below', new Error('no', { cause: networkError('ECONNRESET') })],
    ['another write is in progress', awsError('ConflictException')],
    ['the trail came meanwhile', awsError('TrailAlreadyExistsException')],
    [
      'IAM has not yet heard of the role',
      awsError('InvalidCloudWatchLogsRoleArnException', 'Access denied. Check the trust policy.'),
    ],
    [
      'IAM has not yet heard of the rights on the log group',
      awsError('InvalidCloudWatchLogsLogGroupArnException', 'Access denied. Verify in IAM.'),
    ],
  ])('where %s', (_why, error) => {
    expect(isRetryable(error)).toBe(true);
  });
});

describe('the same write does not succeed later', () => {
  test.each([
    'AccessDeniedException',
    'CloudTrailARNInvalidException',
    'CloudTrailAccessNotEnabledException',
    'InsufficientEncryptionPolicyException',
    'InsufficientS3BucketPolicyException',
    'InsufficientSnsTopicPolicyException',
    'InvalidHomeRegionException',
    'InvalidKmsKeyIdException',
    'InvalidParameterCombinationException',
    'InvalidS3BucketNameException',
    'InvalidS3PrefixException',
    'InvalidSnsTopicNameException',
    'InvalidTrailNameException',
    'KmsKeyNotFoundException',
    'MaximumNumberOfTrailsExceededException',
    'NotOrganizationMasterAccountException',
    'OperationNotPermittedException',
    'OrganizationsNotInUseException',
    'S3BucketDoesNotExistException',
    'TrailNotFoundException',
    'UnsupportedOperationException',
  ])('where CloudTrail answers %s', (name) => {
    expect(isRetryable(awsError(name))).toBe(false);
  });

  test.each([
    [
      'InvalidCloudWatchLogsRoleArnException',
      'You must specify a role ARN as well as a log group.',
    ],
    ['InvalidCloudWatchLogsLogGroupArnException', 'CloudTrail cannot validate it.'],
    ['AccessDeniedException', 'Access denied.'],
  ])('where %s is not about IAM being late', (name, message) => {
    expect(isRetryable(awsError(name, message))).toBe(false);
  });

  test('where the product itself is wrong', () => {
    expect(isRetryable(new TypeError('x is not a function'))).toBe(false);
  });

  test.each([undefined, null, 'ThrottlingException', 503, { name: 'ThrottlingException' }])(
    'where %j was thrown, which is no error',
    (thrown) => {
      expect(isRetryable(thrown)).toBe(false);
    },
  );
});

describe('an answer about a trail', () => {
  test('is passed on', async () => {
    const answer = { IsLogging: true };

    expect(await nullIfTrailNotFound(Promise.resolve(answer))).toBe(answer);
  });

  test('is null where CloudTrail says that there is no such trail', async () => {
    const error = new TrailNotFoundException({ message: 'no', $metadata: {} });

    expect(await nullIfTrailNotFound(Promise.reject(error))).toBeNull();
  });

  test.each<[string, unknown]>([
    ['access is denied', awsError('AccessDeniedException')],
    ['the ARN is of another account', awsError('CloudTrailARNInvalidException')],
    ['the name is invalid', awsError('InvalidTrailNameException')],
    ['it was throttled', awsError('ThrottlingException')],
    ['another resource is not found', awsError('ResourceNotFoundException')],
    ['only the message says so', new Error('TrailNotFoundException')],
    ['what was thrown is no error', { name: 'TrailNotFoundException' }],
  ])('is not absent but unknown where %s: the error is thrown as it is', async (_why, error) => {
    await expect(nullIfTrailNotFound(Promise.reject(error))).rejects.toBe(error);
  });
});

describe('what was thrown', () => {
  test('is reported by the code and the message that AWS gave it', () => {
    const error = awsError('ConflictException', 'wait a few minutes');

    expect(nameOf(error)).toBe('ConflictException');
    expect(messageOf(error)).toBe('wait a few minutes');
  });

  test.each<[unknown, string]>([
    ['out of paint', 'out of paint'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
  ])('is reported where it is %j, which is no error', (thrown, message) => {
    expect(nameOf(thrown)).toBe('Error');
    expect(messageOf(thrown)).toBe(message);
  });
});
