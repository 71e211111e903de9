import * as z from 'zod';
import type { ApiCall } from './api-call.ts';
import { parseTrailEvent, type TrailEvent } from './trail-event.ts';

/** A call as CloudTrail recorded it: the actor, the request and the response, as far as the record contains them. */
export type RecordedCall = {
  readonly eventName: string;
  /** ISO 8601, to the second. */
  readonly at: string;
  readonly cause: ApiCall;
  /** The request; null if the record omits it, for example because it is too large. */
  readonly parameters: Members | null;
  /** The response; null for an error, an empty response, or if the record omits it. */
  readonly response: Members | null;
  /** Whether an incident observed the trail after it, and so knows what it changed. */
  readonly isObserved?: boolean;
};

/** Members of a request or response, with the names that records use: `s3BucketName`. */
export type Members = Readonly<Record<string, unknown>>;

/** Thrown for a record without the name or the time of the call. */
class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError' as const;
}

/** A call with its service and the trails that it names. */
export type ReadCall = RecordedCall & { readonly eventSource: string; readonly event: TrailEvent };

/** Reads a record and the trails that it names. Throws `UnreadableRecordError`. */
export function readRecord(record: unknown): ReadCall {
  const event = eventIn(record);
  const call = callIn(record, event);
  if (call !== null) return call;
  throw new UnreadableRecordError(`${event.cause.eventName}: the record has no time`);
}

/** The call in an event that was parsed; null if its record lacks the time of the call. */
export const recordedCallIn = (event: unknown, parsed: TrailEvent): RecordedCall | null =>
  callIn((event as { readonly detail: unknown }).detail, parsed);

function callIn(record: unknown, event: TrailEvent): ReadCall | null {
  const { cause } = event;
  const { eventName, at, error } = cause;
  if (at === null) return null;
  const { eventSource, requestParameters, responseElements } = sections.parse(record);
  return {
    ...{ eventSource, eventName, at, cause, event },
    parameters: requestParameters,
    response: error === null ? responseElements : null,
  };
}

function eventIn(detail: unknown): TrailEvent {
  try {
    return parseTrailEvent({ detail });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableRecordError(problem, { cause });
  }
}

/** A section of more than 100 KB is replaced by `omitted: true`. Source: CloudTrail user guide, "CloudTrail record contents". */
const section = z
  .record(z.string(), z.unknown())
  .refine((members) => members.omitted !== true)
  .nullable()
  .catch(null);

const sections = z.object({
  eventSource: z.string(),
  requestParameters: section,
  responseElements: section,
});

/** The text of a member; null if it is absent, empty or no text: CloudTrail treats `""` as "none". */
export const textOf = (members: Members, name: string): string | null => {
  const value = Object.hasOwn(members, name) ? members[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
};

/** A recorded value with the API's member names, at every depth: `readWriteType` becomes `ReadWriteType`. */
export function asApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asApi);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      asApi(member),
    ]),
  );
}
