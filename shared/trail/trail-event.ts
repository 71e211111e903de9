import * as z from 'zod';
import { isRegion } from '#aws/partitions.ts';
import { describeIssues } from '#text/schema-messages.ts';
import { type ApiCall, parseApiCall } from './api-call.ts';
import type { Trail } from './trail-arn.ts';

/** A CloudTrail record of a call about a trail, or what it delivers to: a hint to look, and whose doing it was. */
export type TrailEvent = {
  readonly cause: ApiCall;
  /** Where the call was recorded: names are of there. Null where the event does not say. */
  readonly account: string | null;
  readonly region: string;
  /** The trails as the caller typed them, names or ARNs; null where the record does not say: it may be any. */
  readonly named: readonly string[] | null;
  /** What trails may deliver to, as the caller typed it, of a call about such a thing; null for one about trails. */
  readonly sinks: { readonly setting: string; readonly typed: readonly string[] } | null;
};

/** Thrown for what is not a CloudTrail record as EventBridge delivers it; nothing was read or written. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError' as const;
}

/** Reads an event of the type "AWS API Call via CloudTrail", or throws `InvalidEventError`. */
export function parseTrailEvent(event: unknown): TrailEvent {
  const result = envelope.safeParse(event);
  if (!result.success) {
    throw new InvalidEventError(
      `${describeIssues(result.error)}. An event must be a CloudTrail record in the field "detail", as EventBridge delivers it`,
    );
  }
  const { account, detail } = result.data;
  const common = {
    cause: parseApiCall(detail, detail),
    account: detail.recipientAccountId ?? account,
    region: detail.awsRegion,
  };
  const destination = destinations[detail.eventSource];
  if (destination !== undefined) {
    const { setting, members } = destination;
    const typed = strings(detail.requestParameters, members);
    return { ...common, named: [], sinks: { setting, typed } };
  }
  if (detail.eventSource === 'iam.amazonaws.com') {
    return { ...common, named: isOfOwnRole(detail.requestParameters) ? null : [], sinks: null };
  }
  const answered = strings(detail.responseElements, ['trailARN']);
  const named =
    answered.length > 0
      ? answered
      : strings(detail.requestParameters, ['name', 'trailName', 'resourceId']);
  return {
    ...common,
    named: named.length > 0 || isOfAnotherService(detail.requestParameters) ? named : null,
    sinks: null,
  };
}

/**
 * Whether to look at a trail after an event: it is named, or the event names none, as those of the organization do; or it delivers
 * to what is named, by the settings that are wanted of it.
 */
export function matchesTrail(event: TrailEvent, trail: Trail, settings: object = {}): boolean {
  const { named, sinks } = event;
  if (sinks !== null) {
    const wanted: unknown = Reflect.get(settings, sinks.setting);
    return (
      typeof wanted === 'string' && sinks.typed.some((typed) => isDestination(typed, wanted, event))
    );
  }
  if (named === null) return true;
  return named.some(
    (typed) => typed === trail.arn || (typed === trail.name && isRecordedIn(trail, event)),
  );
}

/** By the service that is called: the setting of a trail that names what it delivers to, and the members of `requestParameters` that do. */
const destinations: Readonly<
  Record<string, { readonly setting: string; readonly members: readonly string[] }>
> = {
  's3.amazonaws.com': { setting: 'S3BucketName', members: ['bucketName'] },
  'kms.amazonaws.com': { setting: 'KmsKeyId', members: ['keyId'] },
  'sns.amazonaws.com': { setting: 'SnsTopicARN', members: ['topicArn'] },
  'logs.amazonaws.com': { setting: 'CloudWatchLogsLogGroupArn', members: ['logGroupName'] },
};

type Recorder = Pick<TrailEvent, 'account' | 'region'>;

/** Whether a name is one of this account and Region. An event that does not say its account may be of any. */
const isRecordedIn = (
  { accountId, region }: Pick<Trail, 'accountId' | 'region'>,
  recorder: Recorder,
): boolean =>
  region === recorder.region && (recorder.account === null || recorder.account === accountId);

/**
 * Whether a destination is called so: by its ARN from anywhere, by its name or the id that ends its ARN in its own account and
 * Region. The name of a bucket is its own everywhere. Log group ARNs of trails end in `:*`.
 */
function isDestination(typed: string, destination: string, recorder: Recorder): boolean {
  const arn = destination.replace(/:\*$/, '');
  if (arn === typed) return true;
  const [, , , region = '', accountId = ''] = arn.split(':');
  const isName = arn.endsWith(`:${typed}`) || arn.endsWith(`/${typed}`);
  return isName && isRecordedIn({ accountId, region }, recorder);
}

const present = { error: 'is missing or of the wrong type' };
const accountId = z
  .string()
  .regex(/^\d{12}$/)
  .nullable()
  .catch(null);
const envelope = z.object(
  {
    account: accountId,
    detail: z.looseObject(
      {
        recipientAccountId: accountId,
        eventName: z.string(present).min(1, present).max(128, 'must be the name of a call'),
        eventSource: z
          .string(present)
          .max(128)
          .regex(/^[a-z0-9.-]+\.amazonaws\.com$/, 'must be the name of an AWS service'),
        awsRegion: z
          .string(present)
          .max(64, 'must be a Region')
          .refine(isRegion, 'must be a Region'),
      },
      present,
    ),
  },
  present,
);

/** Whether a call to IAM is about the role with which CloudTrail manages organization trails. */
const isOfOwnRole = (parameters: unknown): boolean =>
  strings(parameters, ['roleName']).includes('AWSServiceRoleForCloudTrail') ||
  strings(parameters, ['aWSServiceName']).includes('cloudtrail.amazonaws.com');

/** Whether a call to Organizations is about the access of a service that is not CloudTrail. */
const isOfAnotherService = (parameters: unknown): boolean =>
  strings(parameters, ['servicePrincipal']).some((name) => name !== 'cloudtrail.amazonaws.com');

/** The texts among the given members of what may be an object, or null, or anything. */
function strings(value: unknown, members: readonly string[]): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return members
    .filter((member) => Object.hasOwn(value, member))
    .map((member) => (value as Record<string, unknown>)[member])
    .filter((text): text is string => typeof text === 'string' && text !== '');
}
