import { z } from 'zod';
import { describeIssues } from './baseline.ts';
import { type Cause, causeOf } from './cause.ts';
import type { Trail } from './trail.ts';

/** A CloudTrail record of a call about a trail, or what it delivers to: a hint to look, and whose doing it was. */
export type TrailEvent = {
  readonly cause: Cause;
  readonly region: string;
  /** The trails as the caller typed them, names or ARNs; null where the record does not say: it may be any. */
  readonly named: readonly string[] | null;
  /** What trails may deliver to, as the caller typed it, of a call about such a thing; null for one about trails. */
  readonly sinks: readonly string[] | null;
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
  const { detail } = result.data;
  const common = { cause: causeOf(detail, detail), region: detail.awsRegion };
  const members = sinkMembers[detail.eventSource];
  if (members !== undefined) {
    return { ...common, named: [], sinks: strings(detail.requestParameters, members) };
  }
  const named = [
    ...strings(detail.requestParameters, ['name', 'trailName', 'resourceId']),
    ...strings(detail.responseElements, ['trailARN']),
  ];
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
export function concerns(
  { named, sinks, region }: TrailEvent,
  trail: Trail,
  settings: object = {},
): boolean {
  if (sinks !== null) {
    const wanted = Object.values(settings).filter((value) => typeof value === 'string');
    return wanted.some((value) => sinks.some((typed) => isNameOf(typed, value)));
  }
  if (named === null) return true;
  return named.some(
    (typed) => typed === trail.arn || (typed === trail.name && trail.region === region),
  );
}

/** The member of `requestParameters` in which each service names the thing that a call is about. */
const sinkMembers: Readonly<Record<string, readonly string[]>> = {
  's3.amazonaws.com': ['bucketName'],
  'kms.amazonaws.com': ['keyId'],
  'sns.amazonaws.com': ['topicArn'],
  'logs.amazonaws.com': ['logGroupName'],
};

/** Whether a thing is called so: by its name, its ARN, or the id that ends its ARN. Log groups of trails end in `:*`. */
function isNameOf(typed: string, thing: string): boolean {
  const arn = thing.replace(/:\*$/, '');
  return arn === typed || arn.endsWith(`:${typed}`) || arn.endsWith(`/${typed}`);
}

const present = { error: 'is missing or of the wrong type' };
const envelope = z.object(
  {
    detail: z.looseObject(
      {
        eventName: z.string(present).min(1, present).max(128, 'must be the name of a call'),
        eventSource: z
          .string(present)
          .max(128)
          .regex(/^[a-z0-9.-]+\.amazonaws\.com$/, 'must be the name of an AWS service'),
        awsRegion: z
          .string(present)
          .max(64, 'must be a Region')
          .regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'must be a Region'),
      },
      present,
    ),
  },
  present,
);

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
