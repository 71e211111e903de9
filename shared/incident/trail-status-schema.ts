import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { jsonText } from '#text/json-text.ts';
import { busEvents, type Incident, type WindowNotice } from './incident.ts';
import { type IncidentState, meanings } from './lifecycle/states.ts';
import { emptyStatus, type TrailStatus } from './trail-status.ts';

/** The sort key of an incident's or a notice's row: when it began, and its id. */
export const incidentSkSchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z#[\w:#.-]{1,200}$/);

const time = z.iso.datetime();
const count = z.int().min(0);
const object = z.looseObject({});
const call = z.looseObject({ eventName: z.string() });
const finding = z.looseObject({ kind: z.string(), changes: list(object).optional() });

const episode = z.looseObject({
  detectedAt: time,
  resolvedAt: time.nullable(),
  resolution: z.enum(['restored', 'external']).nullable(),
  trigger: call.nullable(),
  outcome: z.looseObject({
    plan: z.looseObject({ findings: list(finding) }),
    applied: list(object),
    verified: z.looseObject({ findings: list(finding) }),
  }),
});

/** An incident as it is stored: lists that were truncated lose their last member, which only says so. */
export const incidentSchema = z.looseObject({
  id: z.string(),
  trail: z.string(),
  state: z.enum(Object.keys(meanings) as IncidentState[]),
  severity: z.enum(severities),
  openedAt: time,
  updatedAt: time,
  closedAt: time.nullable(),
  lastInSyncAt: time.nullable(),
  cause: call.nullable(),
  calls: list(z.looseObject({ call, effect: z.enum(['caused', 'related', 'reverted', 'failed']) })),
  callCount: count,
  episodes: list(episode),
  episodeCount: count,
  interruptions: list(
    z.looseObject({
      how: z.enum(['stopped', 'made-again']),
      from: time,
      isFromKnown: z.boolean(),
      to: time,
    }),
  ),
  gaps: list(object),
  problemCount: count,
  flapping: z.boolean(),
  reminders: count,
  baselineError: z.string().nullable(),
}) as unknown as z.ZodType<Incident>;

export const noticeSchema = z.looseObject({
  id: z.string(),
  trail: z.string(),
  window: z.looseObject({ id: z.string(), kinds: z.array(z.string()), until: time }),
  startedAt: time,
  endedAt: time.nullable(),
}) as unknown as z.ZodType<WindowNotice>;

const openIncident = z.looseObject({
  incident: incidentSchema,
  known: list(z.string()),
  unresolved: list(z.string()),
  leases: table(z.object({ until: time, problems: list(z.string()), isWhole: z.boolean() })),
  quietUntil: time.nullable(),
  remindAt: time,
});

const checkpoint = z.object({
  IsLogging: z.boolean(),
  StartLoggingTime: time.nullable(),
  StopLoggingTime: time.nullable(),
  isGone: z.boolean().optional(),
});

/**
 * A status as it is stored, as JSON text. A part that is malformed counts as empty: anyone who can write the row could as well delete
 * it, and a problem that is forgotten is reported again.
 */
export const trailStatusSchema = jsonText(
  z.object({
    open: openIncident.nullable().catch(null),
    lastInSyncAt: time.nullable().catch(null),
    logging: z
      .object({
        lastSeen: checkpoint.nullable(),
        ownStarts: list(z.object({ run: z.string(), from: time, to: time.nullable() })),
      })
      .catch({ ...emptyStatus.logging, ownStarts: [] }),
    bucketLoss: z.object({ version: z.int(), at: time }).nullable().catch(null),
    repairs: table(list(time)),
    ownRequests: list(z.string()),
    recordedEvents: list(z.string()),
    windows: table(noticeSchema),
    outbox: table(
      z.union([
        z.object({ incident: incidentSchema }),
        z.object({ notice: noticeSchema }),
        z.object({ event: z.enum(busEvents as ['Trail Restored']) }),
      ]),
    ),
  }) as unknown as z.ZodType<TrailStatus>,
);

/** The members of a list that fit a shape. */
function list<Shape extends z.ZodType>(shape: Shape) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((members) => members.flatMap((one) => fitting(shape, one)));
}

/** The members of an object, whatever their names, that fit a shape. */
function table<Shape extends z.ZodType>(shape: Shape) {
  return z
    .record(z.string(), z.unknown())
    .catch({})
    .transform((members) =>
      Object.fromEntries(
        Object.entries(members).flatMap(([name, one]) =>
          fitting(shape, one).map((member) => [name, member]),
        ),
      ),
    );
}

function fitting<Shape extends z.ZodType>(shape: Shape, one: unknown): readonly z.infer<Shape>[] {
  const parsed = shape.safeParse(one);
  return parsed.success ? [parsed.data] : [];
}
