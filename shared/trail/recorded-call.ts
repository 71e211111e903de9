import * as z from 'zod';
import type { ApiCall } from './api-call.ts';
import { parseTrailEvent, type TrailEvent } from './trail-event.ts';

/** A call as CloudTrail recorded it: by whom, and what was sent and answered, as far as the record says. */
export type RecordedCall = {
  readonly eventName: string;
  /** When it was made, to the second. */
  readonly at: string;
  readonly cause: ApiCall;
  /** What was sent; null where the record leaves it out, as of what is too large. */
  readonly parameters: Members | null;
  /** What was answered; null for an error, and where nothing was or the record leaves it out. */
  readonly response: Members | null;
};

/** The members of what was sent or answered, under the names that records have for them: `s3BucketName`. */
export type Members = Readonly<Record<string, unknown>>;

/** Thrown for a record that says too little to be placed: not what was called, or not when. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError' as const;
}

/** A call with the service that was called, and the trails that it is about. */
export type ReadCall = RecordedCall & { readonly eventSource: string; readonly event: TrailEvent };

/** Reads a record, and which trails it is about. Throws `UnreadableRecordError`. */
export function readRecord(record: unknown): ReadCall {
  const event = eventIn(record);
  const { cause } = event;
  if (cause.at === null) {
    throw new UnreadableRecordError(`${cause.eventName}: the record does not say when it was`);
  }
  const { eventSource, requestParameters, responseElements } = sections.parse(record);
  return {
    eventSource,
    eventName: cause.eventName,
    at: cause.at,
    cause,
    parameters: requestParameters,
    response: cause.error === null ? responseElements : null,
    event,
  };
}

/** The call that an event is about; null if its record says too little. */
export function recordedCallIn(event: unknown): RecordedCall | null {
  try {
    return readRecord((event as { readonly detail?: unknown }).detail);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return null;
    throw error;
  }
}

function eventIn(detail: unknown): TrailEvent {
  try {
    return parseTrailEvent({ detail });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableRecordError(problem, { cause });
  }
}

/** Beyond 100 KB a section says only that it is left out. Source: CloudTrail user guide, "CloudTrail record contents". */
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

/** The text of a member; null where it is absent, empty, or no text: CloudTrail takes `""` for "none". */
export const textOf = (members: Members, name: string): string | null => {
  const value = Object.hasOwn(members, name) ? members[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
};

/** A recorded value with the names that the API has for its members: `readWriteType` as `ReadWriteType`, at every depth. */
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
