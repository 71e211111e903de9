import * as z from 'zod';
import { isRegion } from '#aws/partitions.ts';
import { describeIssues } from '#text/schema-messages.ts';
import { type ApiCall, parseApiCall } from './api-call.ts';
import type { Trail } from './trail-arn.ts';

/** A CloudTrail record of a call about trails or their destinations: triggers a check, and names the actor. */
export type TrailEvent = {
  readonly cause: ApiCall;
  /** The account and Region that recorded the call: names refer to them. The account is null if the record does not say it. */
  readonly account: string | null;
  readonly region: string;
  /** The trails as the caller wrote them, names or ARNs; null if the record names none: it may concern any trail. */
  readonly named: readonly string[] | null;
  /** For a call about a destination: the setting of a trail that names it, and the destination as the caller wrote it. Otherwise null. */
  readonly destination: { readonly setting: string; readonly typed: readonly string[] } | null;
};

/** Thrown for an event that is not a CloudTrail record as EventBridge delivers it. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError' as const;
}

/** Parses an event of the type "AWS API Call via CloudTrail", or throws `InvalidEventError`. */
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
    // A call about alarms lists their names.
    const typed = valuesOf(detail.requestParameters, members).flat().filter(isText);
    return { ...common, named: [], destination: { setting, typed } };
  }
  if (detail.eventSource === 'iam.amazonaws.com') {
    if (isOfOwnRole(detail.requestParameters)) return { ...common, named: null, destination: null };
    const typed = strings(detail.requestParameters, ['roleName']);
    return { ...common, named: [], destination: { setting: 'CloudWatchLogsRoleArn', typed } };
  }
  const answered = strings(detail.responseElements, ['trailARN']);
  const named =
    answered.length > 0
      ? answered
      : strings(detail.requestParameters, ['name', 'trailName', 'resourceId']);
  return {
    ...common,
    named: named.length > 0 || isOfAnotherService(detail.requestParameters) ? named : null,
    destination: null,
  };
}

/**
 * Whether an event concerns a trail: it names the trail, or names none (calls about the organization), or names a destination of the
 * trail's desired `settings`.
 */
export function matchesTrail(event: TrailEvent, trail: Trail, settings: object = {}): boolean {
  const { named, destination } = event;
  if (destination !== null) {
    const wanted = [Reflect.get(settings, destination.setting) as unknown].flat();
    return wanted.some(
      (arn) =>
        typeof arn === 'string' &&
        destination.typed.some((typed) => isDestination(typed, arn, event)),
    );
  }
  if (named === null) return true;
  return named.some(
    (typed) => typed === trail.arn || (typed === trail.name && isRecordedIn(trail, event)),
  );
}

/** By event source: the trail setting that names the destination, and the members of `requestParameters` that name it. */
const destinations: Readonly<
  Record<string, { readonly setting: string; readonly members: readonly string[] }>
> = {
  's3.amazonaws.com': { setting: 'S3BucketName', members: ['bucketName'] },
  'kms.amazonaws.com': { setting: 'KmsKeyId', members: ['keyId'] },
  'sns.amazonaws.com': {
    setting: 'SnsTopicARN',
    members: ['topicArn', 'resourceArn', 'subscriptionArn', 'name'],
  },
  'logs.amazonaws.com': {
    setting: 'CloudWatchLogsLogGroupArn',
    members: ['logGroupName', 'logGroupIdentifier', 'resourceArn'],
  },
  'monitoring.amazonaws.com': { setting: 'Alarms', members: ['alarmName', 'alarmNames'] },
};

type Recorder = Pick<TrailEvent, 'account' | 'region'>;

/** Whether a name refers to this account and Region. An event without an account may be of any account. */
const isRecordedIn = (
  { accountId, region }: Pick<Trail, 'accountId' | 'region'>,
  recorder: Recorder,
): boolean =>
  region === recorder.region && (recorder.account === null || recorder.account === accountId);

/**
 * Whether the text names a destination: by its ARN, or, within its account and Region, by the name or id at the end of its ARN.
 * Bucket names are global, and so are roles in their account. Log group ARNs of trails end in `:*`. The ARN of a subscription begins
 * with that of its topic.
 */
function isDestination(typed: string, destination: string, recorder: Recorder): boolean {
  const arn = destination.replace(/:\*$/, '');
  if (arn === typed || (arn.split(':')[2] === 'sns' && typed.startsWith(`${arn}:`))) return true;
  const [, , , region = '', accountId = ''] = arn.split(':');
  const isName = arn.endsWith(`:${typed}`) || arn.endsWith(`/${typed}`);
  return isName && isRecordedIn({ accountId, region: region || recorder.region }, recorder);
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

/** Whether an IAM call concerns CloudTrail's service-linked role. */
const isOfOwnRole = (parameters: unknown): boolean =>
  strings(parameters, ['roleName']).includes('AWSServiceRoleForCloudTrail') ||
  strings(parameters, ['aWSServiceName']).includes('cloudtrail.amazonaws.com');

/** Whether an Organizations call concerns the access of a service other than CloudTrail. */
const isOfAnotherService = (parameters: unknown): boolean =>
  strings(parameters, ['servicePrincipal']).some((name) => name !== 'cloudtrail.amazonaws.com');

/** The texts among the named members of a value of any type. */
const strings = (value: unknown, members: readonly string[]): readonly string[] =>
  valuesOf(value, members).filter(isText);

function valuesOf(value: unknown, members: readonly string[]): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return members
    .filter((member) => Object.hasOwn(value, member))
    .map((member) => (value as Record<string, unknown>)[member]);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
