import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/**
 * The answer, or null where CloudTrail says that there is no such trail. Every other error is thrown: unknown is not absent.
 * Asked by ARN in the home Region, `TrailNotFoundException` is a deletion.
 */
export const nullIfTrailNotFound = <Answer>(answer: Promise<Answer>): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    if (nameOf(error) === 'TrailNotFoundException') return null;
    throw error;
  });

/**
 * Whether the same write may succeed later without anybody's doing: throttling, a fault of AWS or the network, another
 * write in progress, a trail that was made meanwhile, or IAM that has not yet heard of the CloudWatch Logs role.
 * Source: the error documentation of CloudTrail; "Access denied." as terraform-provider-aws waits it out.
 */
export function isRetryable(error: unknown): boolean {
  return (
    isSdkError(error) &&
    (isThrottlingError(error) ||
      isTransientError(error) ||
      isServerError(error) ||
      mendedByTime.has(error.name) ||
      (cloudWatchLogsErrors.has(error.name) && error.message.includes('Access denied.')))
  );
}

/** The name of a thrown value: for an error of AWS, its code. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');

/** The message of a thrown value. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const isSdkError = (error: unknown): error is Parameters<typeof isThrottlingError>[0] =>
  error instanceof Error;

const mendedByTime = new Set(['ConflictException', 'TrailAlreadyExistsException']);

const cloudWatchLogsErrors = new Set([
  'InvalidCloudWatchLogsLogGroupArnException',
  'InvalidCloudWatchLogsRoleArnException',
]);
