import { TrailNotFoundException } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { isRetryable, messageOf, nameOf, nullIfTrailNotFound } from '#aws/errors.ts';

/** An error as the SDK throws it. */
const awsError = (name: string, message = 'no', httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } });

const networkError = (code: string): Error => Object.assign(new Error('no'), { code });

describe('the same write is retried', () => {
  test.each<[string, unknown]>([
    ['CloudTrail throttled it', awsError('ThrottlingException', 'Rate exceeded')],
    ['CloudTrail throttled it under another error name', awsError('Throttling')],
    ['the status was 429', awsError('Whatever', 'no', 429)],
    ['CloudTrail had an internal error', awsError('InternalFailure', 'no', 500)],
    ['CloudTrail was unavailable', awsError('ServiceUnavailable', 'no', 503)],
    ['CloudTrail had an unknown server error', awsError('Whatever', 'no', 599)],
    ['the connection was reset', networkError('ECONNRESET')],
    ['the connection was refused', networkError('ECONNREFUSED')],
    ['the name was not resolved', networkError('EAI_AGAIN')],
    ['the call timed out', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    [
      'the cause of the error is a connection reset',
      new Error('no', { cause: networkError('ECONNRESET') }),
    ],
    ['another write is in progress', awsError('ConflictException')],
    ['the trail was created meanwhile', awsError('TrailAlreadyExistsException')],
    [
      'the role is not yet visible to IAM',
      awsError('InvalidCloudWatchLogsRoleArnException', 'Access denied. Check the trust policy.'),
    ],
    [
      'the permissions on the log group are not yet visible to IAM',
      awsError('InvalidCloudWatchLogsLogGroupArnException', 'Access denied. Verify in IAM.'),
    ],
  ])('because %s', (_why, error) => {
    expect(isRetryable(error)).toBe(true);
  });
});

describe('the same write is not retried', () => {
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
  ])('if CloudTrail returns %s', (name) => {
    expect(isRetryable(awsError(name))).toBe(false);
  });

  test.each([
    [
      'InvalidCloudWatchLogsRoleArnException',
      'You must specify a role ARN as well as a log group.',
    ],
    ['InvalidCloudWatchLogsLogGroupArnException', 'CloudTrail cannot validate it.'],
    ['AccessDeniedException', 'Access denied.'],
  ])('if %s has another message', (name, message) => {
    expect(isRetryable(awsError(name, message))).toBe(false);
  });

  test('if the error is a bug in trailkeeper', () => {
    expect(isRetryable(new TypeError('x is not a function'))).toBe(false);
  });

  test.each([undefined, null, 'ThrottlingException', 503, { name: 'ThrottlingException' }])(
    'if %j was thrown, which is not an error',
    (thrown) => {
      expect(isRetryable(thrown)).toBe(false);
    },
  );
});

describe('a response about a trail', () => {
  test('is returned', async () => {
    const answer = { IsLogging: true };

    expect(await nullIfTrailNotFound(Promise.resolve(answer))).toBe(answer);
  });

  test('is null if CloudTrail says that the trail does not exist', async () => {
    const error = new TrailNotFoundException({ message: 'no', $metadata: {} });

    expect(await nullIfTrailNotFound(Promise.reject(error))).toBeNull();
  });

  test.each<[string, unknown]>([
    ['access is denied', awsError('AccessDeniedException')],
    ['the ARN belongs to another account', awsError('CloudTrailARNInvalidException')],
    ['the name is invalid', awsError('InvalidTrailNameException')],
    ['it was throttled', awsError('ThrottlingException')],
    ['another resource is not found', awsError('ResourceNotFoundException')],
    ['only the message says so', new Error('TrailNotFoundException')],
    ['the thrown value is not an error', { name: 'TrailNotFoundException' }],
  ])('is unknown, not absent, if %s: the error is rethrown', async (_why, error) => {
    await expect(nullIfTrailNotFound(Promise.reject(error))).rejects.toBe(error);
  });
});

describe('a thrown value', () => {
  test('is reported by the code and message of AWS', () => {
    const error = awsError('ConflictException', 'wait a few minutes');

    expect(nameOf(error)).toBe('ConflictException');
    expect(messageOf(error)).toBe('wait a few minutes');
  });

  test.each<[unknown, string]>([
    ['out of paint', 'out of paint'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
  ])('is reported if it is %j, which is not an error', (thrown, message) => {
    expect(nameOf(thrown)).toBe('Error');
    expect(messageOf(thrown)).toBe(message);
  });
});
