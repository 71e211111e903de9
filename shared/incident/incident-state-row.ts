import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { type Incident, type IncidentStatus, ownEvents } from './incident.ts';
import type { OpenIncidents } from './incident-state.ts';

/** The sort key of an incident's row: when it was found, and by what it is known. */
export const incidentName = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z#[\w:#.-]{1,200}$/);

const time = z.iso.datetime();
const count = z.int().min(0);
const severity = z.enum(severities);
const status = z.enum(Object.keys(ownEvents) as IncidentStatus[]);
const told = { calls: count, isFolded: z.boolean() };

/**
 * What is open, as it is stored. Whoever may write to the table may write it: what is not as functions write it counts for nothing, and
 * what is wrong then is told anew.
 */
export const openIncidents: z.ZodType<OpenIncidents> = z.object({
  symptoms: table(
    z.object({ kind: z.string(), incident: incidentName, busyUntil: time.nullable() }),
  ),
  incidents: table(
    z.object({
      ...told,
      openedAt: time,
      since: time.nullable(),
      remindAt: time,
      status,
      severity,
    }),
  ),
  groups: table(
    z.object({
      ...told,
      kind: z.enum(['attempted', 'touched', 'flip']),
      incident: incidentName,
      until: time,
      flip: time.nullable(),
    }),
  ),
  digest: z
    .object({ incident: incidentName, severity, isWar: z.boolean(), count, remindAt: time })
    .nullable()
    .catch(null),
  opened: list(z.object({ at: time, severity })),
  ended: list(
    z.object({
      ...told,
      incident: incidentName,
      at: time,
      since: time.nullable(),
      status,
      kinds: z.array(z.string()),
    }),
  ),
  inSyncAt: time.nullable().catch(null),
  events: list(z.string()),
  requests: list(z.string()),
  restores: table(list(time)),
  holds: table(incidentName),
  outbox: list(
    z.object({
      incident: incidentName,
      event: z.enum(Object.values(ownEvents)),
      content: z.custom<Partial<Incident>>(
        (content) => z.looseObject({}).safeParse(content).success,
      ),
    }),
  ),
});

/** The members of a list that are of a shape. */
function list<Shape extends z.ZodType>(shape: Shape) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((members) => members.flatMap((one) => fitting(shape, one)));
}

/** The same of an object that has any names. */
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

/** What there is of a shape: one, or none. */
function fitting<Shape extends z.ZodType>(shape: Shape, one: unknown): readonly z.infer<Shape>[] {
  const parsed = shape.safeParse(one);
  return parsed.success ? [parsed.data] : [];
}
