import { z } from 'zod';
import { describeIssues } from './baseline.ts';
import { type Cause, causeOf } from './cause.ts';
import type { Trail } from './trail.ts';

/** A CloudTrail record of a call about a trail: a hint to look, and whose doing it was. */
export type TrailEvent = {
  readonly cause: Cause;
  readonly region: string;
  /** The trails as the caller typed them, names or ARNs; null where the record does not say: it may be any. */
  readonly named: readonly string[] | null;
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
  const named = [
    ...strings(detail.requestParameters, ['name', 'trailName', 'resourceId']),
    ...strings(detail.responseElements, ['trailARN']),
  ];
  return {
    cause: causeOf(detail, detail),
    region: detail.awsRegion,
    named: named.length > 0 || isOfAnotherService(detail.requestParameters) ? named : null,
  };
}

/** Whether to look at a trail after an event: it is named, or the event names none, as those of the organization do. */
export function concerns({ named, region }: TrailEvent, trail: Trail): boolean {
  if (named === null) return true;
  return named.some(
    (typed) => typed === trail.arn || (typed === trail.name && trail.region === region),
  );
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
