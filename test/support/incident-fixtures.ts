import { type Edit, follow, type Look } from '#incident/follow.ts';
import type { Incident } from '#incident/incident.ts';
import { nothingOpen, type OpenIncidents } from '#incident/incident-state.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding, Plan } from '#reconcile/plan.ts';
import { type ApiCall, parseApiCall } from '#trail/api-call.ts';
import { trail } from './baseline.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
export const minutes = (count: number): string => new Date(start + count * 60_000).toISOString();

/** What the calls of these tests are of the sort to make. */
const makes: Readonly<Record<string, readonly string[]>> = {
  StopLogging: ['paint', 'logging'],
  StartLogging: ['paint', 'logging'],
  DeleteTrail: ['paint', 'logging', 'tags'],
  AddTags: ['tags'],
};

export const rules = {
  remindEvery: 6,
  digestAfter: 5,
  hash: (text: string) => text,
  gapsOf: () => [],
  kindsOf: (eventName: string) => makes[eventName] ?? [],
  mayHaveMade: ({ findings }: Plan, { eventName, error }: ApiCall) =>
    error === null &&
    findings.some(({ kind, status }) => status === 'drifted' && makes[eventName]?.includes(kind)),
};

/** A trail whose paint is of some colour; red is as it must be. */
type Colour = string;

export const drift = (actual: Colour, severity: Drift['impact']['severity'] = 'high'): Drift => ({
  path: 'colour',
  desired: 'red',
  actual,
  impact: { words: `it is ${actual}`, severity, losesCoverage: severity === 'critical' },
  treatment: 'restore',
});

export const planOf = (finding: Finding): Plan => ({
  trail: trail.arn,
  version: 1,
  findings: [finding],
});

export const painted = (colour: Colour, severity?: Drift['impact']['severity']): Plan =>
  colour === 'red'
    ? planOf({ kind: 'paint', status: 'in-sync' })
    : planOf({
        kind: 'paint',
        status: 'drifted',
        changes: [drift(colour, severity)],
        steps: [{ action: 'Paint', input: {} }],
      });

/** A trail of which the tags are not as they must be, too. */
export const retagged = (plan: Plan): Plan => ({
  ...plan,
  findings: [
    ...plan.findings,
    { kind: 'tags', status: 'drifted', changes: [drift('retagged', 'low')], steps: [] },
  ],
});

/** Paint that is not repaired yet. */
export const waiting = (
  by: 'hold' | 'pace',
  colour: Colour = 'blue',
  severity: Drift['impact']['severity'] = 'low',
): Plan =>
  planOf({
    kind: 'paint',
    status: 'drifted',
    changes: [drift(colour, severity)],
    steps: [],
    withheld: by === 'pace' ? { by } : { by, hold: 'a-hold', until: minutes(60), askedBy: 'alice' },
  });

export const paced = waiting('pace');

/** A look by which this was found, and this was left after these steps. */
export const enforced = (
  plan: Plan,
  verified: Plan = plan,
  applied: Outcome['applied'] = [],
): Outcome => ({ mode: 'enforce', plan, applied, verified });

export const repainted = {
  kind: 'paint',
  action: 'Paint',
  input: {},
  status: 'applied',
} as const;

export const repaintFailed: AppliedStep = {
  ...repainted,
  status: 'failed',
  error: 'AccessDenied',
  message: 'no',
  remedy: null,
  retryable: false,
};

export const unknown = planOf({
  kind: 'paint',
  status: 'unknown',
  reason: 'denied',
  retryable: false,
});

/** People, and the table: what was told, and every incident as it is now. */
export function office() {
  let open: OpenIncidents = nothingOpen;
  const rows = new Map<string, Incident>();
  const told: (readonly [event: string, incident: string])[] = [];
  let looks = 0;
  let writes = 0;
  let isDown = false;
  let isHeldBack = false;
  return {
    rows,
    told,
    /** What is written to rows is lost, and nothing is said, until the office works again. */
    breakDown: () => {
      isDown = true;
    },
    /** The bus takes nothing. */
    holdBack: () => {
      isHeldBack = true;
    },
    repaired: () => {
      isDown = false;
    },
    open: () => open,
    /** How often what is open was written. */
    writes: () => writes,
    incidents: () => [...rows.values()],
    events: () => told.map(([event]) => event),
    look,
    sweep,
    repair,
  };

  function look(at: number, more: Partial<Look>): void {
    looks += 1;
    const { cause = null } = more;
    const id = more.id ?? cause?.eventId ?? `sweep-${looks}`;
    const followed = follow(
      open,
      {
        at: minutes(at),
        startedAt: minutes(at),
        trail: trail.arn,
        id,
        incident: `${cause?.at ?? minutes(at)}#${id}`,
        phase: 'done',
        cause,
        outcome: null,
        problem: null,
        flip: null,
        isNoOp: false,
        requests: [],
        holds: [],
        ...more,
      },
      rules,
    );
    if (followed.open !== open) writes += 1;
    if (isDown) {
      open = followed.open;
      return;
    }
    const { outbox } = followed.open;
    for (const { incident, edit } of followed.edits satisfies readonly Edit[]) {
      rows.set(incident, edit(rows.get(incident) ?? null));
    }
    if (!isHeldBack) told.push(...outbox.map(({ event, incident }) => [event, incident] as const));
    open = JSON.parse(JSON.stringify({ ...followed.open, outbox: isHeldBack ? outbox : [] }));
  }

  /** A look that writes nothing. */
  function sweep(at: number, plan: Plan, cause: ApiCall | null = null): void {
    look(at, { cause, outcome: { mode: 'observe', plan, applied: [], verified: plan } });
  }

  /** A look that finds drift and repairs it, as far as `verified` says. */
  function repair(
    at: number,
    plan: Plan,
    cause: ApiCall | null = null,
    verified = painted('red'),
  ): void {
    looks += 1;
    const id = cause?.eventId ?? `repair-${looks}`;
    const incident = `${cause?.at ?? minutes(at)}#${id}`;
    look(at, { id, incident, cause, outcome: enforced(plan), phase: 'found' });
    const outcome = enforced(plan, verified, [repainted]);
    look(at, { id, incident, cause, outcome, requests: [`request-${looks}`] });
  }
}

let calls = 0;
export function call(eventName: string, at: number, who = 'mallory', failed = false): ApiCall {
  calls += 1;
  return parseApiCall(
    {
      eventID: `7c5a1b9e-2f0d-4a34-9c3f-${String(calls).padStart(12, '0')}`,
      eventTime: minutes(at),
      userIdentity: {
        type: 'IAMUser',
        userName: who,
        arn: `arn:aws:iam::111122223333:user/${who}`,
      },
      ...(failed && { errorCode: 'AccessDenied' }),
    },
    { eventName, awsRegion: 'us-east-1' },
  );
}
