import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import * as z from 'zod';
import { describeIssues } from '#text/schema-messages.ts';

/** How CloudTrail says that there is no such trail; the second is what calls about tags have for it. */
export const trailNotFound: readonly string[] = ['TrailNotFoundException'];
export const taggedNotFound: readonly string[] = [...trailNotFound, 'ResourceNotFoundException'];

/**
 * The answer, or null where CloudTrail says that there is no such trail. Every other error is thrown: unknown is not absent.
 * Asked by ARN in the home Region, it is a deletion.
 */
export const nullIfTrailNotFound = <Answer>(
  answer: Promise<Answer>,
  errors = trailNotFound,
): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    if (errors.includes(nameOf(error))) return null;
    throw error;
  });

/** Whether a failure says that the trail is not what it was when it was looked at: gone, or made by somebody else. */
export const isConflict = (error: unknown): boolean =>
  [...taggedNotFound, 'TrailAlreadyExistsException'].includes(nameOf(error));

/**
 * Whether the same call may succeed later without anybody's doing: it passes, or IAM has not yet heard of the CloudWatch
 * Logs role. Source: the error documentation of CloudTrail; "Access denied." as terraform-provider-aws waits it out.
 */
export const isRetryable = (error: unknown): boolean =>
  isTransient(error) ||
  (cloudWatchLogsErrors.has(nameOf(error)) && messageOf(error).includes('Access denied.'));

/**
 * Whether a failure says nothing about what was asked: throttling, a fault of AWS or the network, another write in progress,
 * a trail that was made meanwhile. What does not pass is a refusal.
 */
export const isTransient = (error: unknown): boolean =>
  isSdkError(error) &&
  (isThrottlingError(error) ||
    isTransientError(error) ||
    isServerError(error) ||
    mendedByTime.has(error.name));

/** The name of a thrown value: for an error of AWS, its code. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');

/** The message of a thrown value. zod's is a dump of JSON: its issues are put in words. */
export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return describeIssues(error, ['answer']);
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether an answer of one of the newest operations means that the Region lacks it. Source: API reference, GetInsightSelectors and
 * GetEventConfiguration, errors; `UnknownOperationException` is what AWS JSON 1.1 services answer to a name they do not know.
 */
export const isUnavailable = (error: unknown): boolean => unavailable.has(nameOf(error));

const unavailable = new Set([
  'UnsupportedOperationException',
  'UnknownOperationException',
  'InvalidParameterException',
]);

const isSdkError = (error: unknown): error is Parameters<typeof isThrottlingError>[0] =>
  error instanceof Error;

const mendedByTime = new Set([
  'ConflictException',
  'ConcurrentModificationException',
  'TrailAlreadyExistsException',
]);

const cloudWatchLogsErrors = new Set([
  'InvalidCloudWatchLogsLogGroupArnException',
  'InvalidCloudWatchLogsRoleArnException',
]);
