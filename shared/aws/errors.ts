import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import * as z from 'zod';
import { describeIssues } from '#text/schema-messages.ts';

/** CloudTrail's errors for a trail that does not exist; the second is the one of calls about tags. */
const trailNotFound: readonly string[] = ['TrailNotFoundException'];
export const taggedNotFound: readonly string[] = [...trailNotFound, 'ResourceNotFoundException'];

/**
 * The response, or null if CloudTrail says that the trail does not exist. Any other error is thrown, because unknown is not absent.
 * For a call by ARN in the home Region, null means that the trail was deleted.
 */
export const nullIfTrailNotFound = <Answer>(
  answer: Promise<Answer>,
  errors = trailNotFound,
): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    if (errors.includes(nameOf(error))) return null;
    throw error;
  });

/** Thrown for the payload of an invocation that cannot be used; nothing was read or written. */
export class InvalidPayloadError extends Error {
  override readonly name = 'InvalidPayloadError' as const;
}

/** Whether an error says that the trail changed since it was observed: deleted, or created by someone else. */
export const isConflict = (error: unknown): boolean =>
  [...taggedNotFound, 'TrailAlreadyExistsException'].includes(nameOf(error));

/**
 * Whether the same call may succeed later without any change: the error is transient, or IAM does not know the new CloudWatch Logs
 * role yet. Source: CloudTrail's error documentation; terraform-provider-aws retries "Access denied." too.
 */
export const isRetryable = (error: unknown): boolean =>
  isTransient(error) ||
  (cloudWatchLogsErrors.has(nameOf(error)) && messageOf(error).includes('Access denied.'));

/**
 * Whether an error is transient: throttling, a fault of AWS or the network, another write in progress, a trail that was created
 * meanwhile. Any other error is a refusal.
 */
export const isTransient = (error: unknown): boolean =>
  isSdkError(error) &&
  (isThrottlingError(error) ||
    isTransientError(error) ||
    isServerError(error) ||
    transientCodes.has(error.name));

/** The name of a thrown value: for an AWS error, its code. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');

/** The message of a thrown value. zod's own message is JSON, so its issues are listed instead. */
export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return describeIssues(error, ['answer']);
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether an error means that the Region lacks an operation. Source: API reference, errors of GetInsightSelectors and
 * GetEventConfiguration; AWS JSON 1.1 services answer `UnknownOperationException` to an operation that they do not know.
 */
export const isUnavailable = (error: unknown): boolean => unavailable.has(nameOf(error));

const unavailable = new Set([
  'UnsupportedOperationException',
  'UnknownOperationException',
  'InvalidParameterException',
]);

const isSdkError = (error: unknown): error is Parameters<typeof isThrottlingError>[0] =>
  error instanceof Error;

const transientCodes = new Set([
  'ConflictException',
  'ConcurrentModificationException',
  'TrailAlreadyExistsException',
]);

const cloudWatchLogsErrors = new Set([
  'InvalidCloudWatchLogsLogGroupArnException',
  'InvalidCloudWatchLogsRoleArnException',
]);
