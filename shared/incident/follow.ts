import { compareSeverity, type Severity } from '#drift/impact.ts';
import type { Gap } from '#gaps/gap.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { type Outcome, outcomeOf, verdict } from '#reconcile/outcome.ts';
import { changesOf, type Plan, planOf } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { fieldName, lately } from '#reconcile/recent-repairs.ts';
import type { ApiCall } from '#trail/api-call.ts';
import {
  backedOffPart,
  dedupeKeys,
  gravestPaced,
  highestSeverity,
  inBackoff,
  wasObservable,
  worstFindings,
} from './finding-key.ts';
import { type Incident, type IncidentStatus, longestList, ownEventOf } from './incident.ts';
import {
  atWork,
  type Draft,
  type Ended,
  isBusy,
  later,
  longestDelay,
  type OpenIncidents,
  type OpenSymptom,
  pruned,
  type Telling,
  type TellingRules,
  type Told,
} from './incident-state.ts';

/** One look at a trail, and what came of it. */
export type Look = {
  readonly at: string;
  /** When it began: the name of an incident that opens anew may follow from it. */
  readonly startedAt: string;
  readonly trail: string;
  /** The id and the sort key of the incident that this look may open. */
  readonly id: string;
  readonly incident: string;
  /** `found`: before the first write; `done`: as it was read back. */
  readonly phase: 'found' | 'done';
  /** Null for a sweep. */
  readonly cause: ApiCall | null;
  /** Null where the baseline can not be used, and `problem` says why. */
  readonly outcome: Outcome | null;
  readonly problem: string | null;
  /** Logging that was off and on again since the last look. */
  readonly flip: LoggingInterruption | null;
  /** Whether the call set nothing but what the baseline says: it is not an incident, and made no drift. */
  readonly isNoOp: boolean;
  /** The ids of the requests by which the steps were carried out. */
  readonly requests: readonly string[];
  /** The Holds in force; null where they were not read. */
  readonly holds: readonly MaintenanceWindow[] | null;
};

/** What becomes of the row of an incident; `stored` is null where there is none. */
export type Edit = {
  readonly incident: string;
  edit(stored: Incident | null): Incident;
};

export type Followed = {
  readonly open: OpenIncidents;
  readonly edits: readonly Edit[];
};

/** What following asks of those who know the drift kinds and how to hash. */
export type FollowRules = TellingRules & {
  hash(text: string): string;
  /** Whether a call is of the sort that makes drift as a plan found it. */
  mayHaveMade(plan: Plan, call: ApiCall): boolean;
  /** The kinds whose drift a call of this name is of the sort to make. */
  kindsOf(eventName: string): readonly string[];
  /** The gaps that an incident left in the record by a time. */
  gapsOf(incident: Incident, at: string): readonly Gap[];
};

/** Follows one look: what is open then, and the rows that change. What is to be said is in the outbox. */
export function follow(before: OpenIncidents, seenNow: Look, rules: FollowRules): Followed {
  const look = { ...seenNow, incident: nameFor(seenNow, before) };
  const { at, cause, outcome } = look;
  const open = pruned(before, at);
  const edits: Edit[] = [];
  const contents = new Map<string, Partial<Incident>>();
  const selfTriggered = cause?.selfTriggered ?? false;
  const isSweep = cause === null;
  const plan = look.phase === 'found' ? outcome?.plan : outcome?.verified;
  const seen = dedupeKeys(look.problem, plan, rules.hash);
  const status: IncidentStatus = look.phase === 'found' ? 'detected' : statusOf(look);

  // After a call of ours we look and restore nothing: whoever is at work tells what is wrong, or the next look does.
  if (!selfTriggered) {
    pace();
    openWhatIsNew();
  }
  if (look.phase === 'done') {
    if (!selfTriggered) closeWhatIsGone();
    if (isSweep) remind();
    tellHolds();
    if (!selfTriggered) hear();
    if (look.flip !== null) tellFlip(look.flip);
    remember();
  }
  open.outbox = open.outbox.slice(-mostTellings).map((telling) => ({
    ...telling,
    content: { ...telling.content, ...contents.get(telling.incident) },
  }));
  const isAsBefore = JSON.stringify(open) === JSON.stringify(pruned(before, at));
  return { open: isAsBefore ? before : open, edits: [...before.outbox.map(finish), ...edits] };

  /**
   * A function that was cut short may have left a telling behind whose row it did not come to write. A row that says more, or was
   * written later, stays as it is.
   */
  function finish({ incident, content }: Telling): Edit {
    return {
      incident,
      edit(stored) {
        if (stored === null) return { ...blank(look, incident), ...content };
        const isNewer = (stored.changedAt ?? '') < (content.changedAt ?? '');
        if (!isNewer) return stored;
        const { startedAt, cause } = stored;
        return { ...stored, ...content, startedAt, cause: cause ?? content.cause ?? null };
      },
    };
  }

  /** Restores that wait for the sweep are told once, for as long as there is no peace. */
  function pace(): void {
    if (!plan?.findings.some(inBackoff)) return;
    if (open.digest === null) startDigest(gravestPaced(plan), true);
    else if (!open.digest.isWar) {
      open.digest.isWar = true;
      change(open.digest.incident, { status: 'war', outcome: backedOffPart(outcome) });
      tell(open.digest.incident, 'war');
    }
  }

  function openWhatIsNew(): void {
    const fresh = seen.filter(({ fingerprint }) => !(fingerprint in open.symptoms));
    if (fresh.length === 0) return;
    const busyUntil = look.phase === 'found' ? later(at, { minutes: atWork }) : null;
    for (const { kind, fingerprint } of fresh) {
      open.symptoms[fingerprint] = { kind, incident: look.incident, busyUntil };
    }
    const severity = highestSeverity(fresh);
    const known = open.incidents[look.incident];
    if (known !== undefined) {
      if (compareSeverity(severity, known.severity) < 0) tellAs(look.incident, { severity });
      return;
    }
    const isFolded = isTooMany(severity);
    const ofIt = partOf(look.incident);
    const its = look.phase === 'found' ? status : statusOf({ ...look, outcome: ofIt });
    const told = { calls: 0, isFolded, status: its, severity };
    const since = before.inSyncAt;
    open.incidents[look.incident] = { openedAt: at, since, remindAt: nextReminder(), ...told };
    make(look.incident, {
      ...{ status: its, severity, isFolded, endedAt: null, ...whoseDoing() },
      outcome: ofIt,
    });
    if (!isFolded) tell(look.incident, its);
  }

  /** An open incident is no longer what was told of it: from now on it is told by itself. */
  function tellAs(incident: string, content: Partial<Pick<Incident, 'status' | 'severity'>>): void {
    const told = open.incidents[incident];
    if (told === undefined) return;
    Object.assign(told, content, { isFolded: false });
    change(incident, { ...content, outcome: partOf(incident), isFolded: false });
    tell(incident, told.status);
  }

  /** Only what was looked at can be gone, and what its finder is at work on is the finder's to close. */
  function closeWhatIsGone(): void {
    const left = new Set(seen.map(({ fingerprint }) => fingerprint));
    const isOurs = ({ incident }: OpenSymptom) => incident === look.incident;
    const gone = Object.entries(open.symptoms).filter(
      ([fingerprint, symptom]) =>
        !left.has(fingerprint) &&
        (isOurs(symptom) || !isBusy(symptom, at)) &&
        wasObservable(symptom.kind, look.problem, plan),
    );
    for (const [fingerprint] of gone) delete open.symptoms[fingerprint];
    for (const symptom of Object.values(open.symptoms)) {
      if (isOurs(symptom)) symptom.busyUntil = null;
    }
    for (const [incident, symptoms] of Map.groupBy(gone, ([, symptom]) => symptom.incident)) {
      if (!isOpen(incident)) end(incident, new Set(symptoms.map(([, { kind }]) => kind)));
    }
    const isInSync = seen.length === 0 && outcome !== null;
    if (isInSync && (open.inSyncAt ?? '') < later(at, { minutes: -lately })) open.inSyncAt = at;
    for (const [incident, told] of Object.entries(open.incidents)) {
      if (incident !== look.incident && !(isSweep && outcome?.mode === 'enforce')) continue;
      const now = statusNow(incident);
      if (now === null || now === told.status) continue;
      // What waits for a truce to end stays in its digest; what can not be restored does not.
      if (told.isFolded && (now === 'deferred' || now === 'held')) {
        told.status = now;
        change(incident, { status: now, outcome: partOf(incident) });
      } else tellAs(incident, { status: now });
    }
  }

  /** What an open incident has come to by this look; null where it did not see all of it, or somebody is at work on it. */
  function statusNow(incident: string): IncidentStatus | null {
    const symptoms = Object.values(open.symptoms).filter((one) => one.incident === incident);
    if (symptoms.some((one) => isBusy(one, at))) return null;
    const ofIt = partOf(incident);
    if (ofIt === null) return status;
    const summed = verdict(ofIt);
    return summed === 'in-sync' || summed === 'restored' ? null : summed;
  }

  /** What this look found and did about what is open of an incident. */
  function partOf(incident: string): Outcome | null {
    const symptoms = Object.values(open.symptoms).filter((one) => one.incident === incident);
    return outcome && outcomeOf(outcome, new Set(symptoms.map(({ kind }) => kind)));
  }

  function end(incident: string, kinds: ReadonlySet<string>): void {
    const { isFolded = false, since = null } = open.incidents[incident] ?? {};
    const ofIt = outcome && outcomeOf(outcome, kinds);
    const wasRestored = ofIt?.applied.some((step) => step.status === 'applied') ?? false;
    const ending = wasRestored ? 'restored' : 'recovered';
    delete open.incidents[incident];
    open.ended.push({
      ...{ incident, at, since, status: ending, kinds: [...kinds] },
      ...{ calls: 0, isFolded },
    });
    change(incident, { status: ending, endedAt: at, ...(wasRestored && { outcome: ofIt }) });
    if (!isFolded) tell(incident, ending);
  }

  function remind(): void {
    for (const [incident, told] of Object.entries(open.incidents)) {
      const waits = told.status === 'deferred' || told.status === 'held';
      // A digest stands for what comes and goes: what stays is told by itself.
      if (told.isFolded && !waits && told.openedAt < later(at, { minutes: -atWork })) {
        tellAs(incident, {});
      }
      if (told.isFolded || told.remindAt > at || wasMade(incident)) continue;
      told.remindAt = nextReminder();
      told.status = statusNow(incident) ?? told.status;
      const { status: now } = told;
      edit(incident, (stored) => ({
        ...stored,
        status: now,
        outcome: partOf(incident),
        reminders: stored.reminders + 1,
      }));
      tell(incident, now);
    }
    if (open.digest === null) return;
    const { incident, remindAt } = open.digest;
    const isOver = open.opened.length === 0;
    if (!isOver && remindAt > at) return;
    if (isOver) change(incident, { endedAt: at });
    else edit(incident, (stored) => ({ ...stored, reminders: stored.reminders + 1 }));
    tellDigest();
    open.digest = isOver ? null : { ...open.digest, remindAt: nextReminder() };
    if (!isOver) return;
    // What is still open when the digest ends is nobody else's to tell.
    for (const [left, told] of Object.entries(open.incidents)) {
      if (told.isFolded) tellAs(left, {});
    }
  }

  function tellHolds(): void {
    if (look.holds === null) return;
    for (const hold of look.holds) {
      if (Object.hasOwn(open.holds, hold.id)) continue;
      const incident = `${at}#hold-${hold.id}`;
      open.holds[hold.id] = incident;
      make(incident, {
        id: `hold-${hold.id}`,
        status: 'hold-began',
        severity: 'medium',
        hold,
        cause: null,
        outcome: null,
      });
      tell(incident, 'hold-began');
    }
    const active = new Set(look.holds.map(({ id }) => id));
    for (const [id, incident] of Object.entries(open.holds)) {
      if (active.has(id)) continue;
      delete open.holds[id];
      change(incident, { status: 'hold-ended', endedAt: at });
      tell(incident, 'hold-ended');
    }
  }

  /** What an event says beside that one had to look: that somebody tried in vain, or did what was already undone. */
  function hear(): void {
    if (cause === null || cause.eventId === null || open.events.includes(cause.eventId)) return;
    open.events.push(cause.eventId);
    if (cause.error !== null) addToGroup('attempted', 'low');
    else if (!isOfThis(cause) && !joins(cause)) addToGroup('touched', 'high');
  }

  /** Whether a call is told with what this look opened. */
  function isOfThis(call: ApiCall): boolean {
    const isOpenNow = wasMade(look.incident) || look.incident in open.incidents;
    return isOpenNow && (outcome === null || isRelated(call));
  }

  /** Whether a call is of the sort to make any of what this look found. */
  function isRelated(call: ApiCall): boolean {
    if (call.error !== null) return false;
    const makes = new Set(rules.kindsOf(call.eventName));
    const found = outcome?.plan.findings ?? [];
    return found.some(({ kind, status: of }) => of !== 'in-sync' && makes.has(kind));
  }

  /** With the call that was told for it, if its event came; else by itself, and the event may still come. */
  function tellFlip(flip: LoggingInterruption): void {
    const groups = Object.values(open.groups);
    if (groups.some((group) => group.flip === flip.to)) return;
    const touched = groups.find(
      (group) => group.kind === 'touched' && group.flip === null && wasMade(group.incident),
    );
    if (touched !== undefined && cause?.error === null && flipping.has(cause.eventName)) {
      Object.assign(touched, { isFolded: false, flip: flip.to });
      change(touched.incident, { flip, severity: 'critical', isFolded: false });
      tell(touched.incident, 'touched');
      return;
    }
    const name = `flip ${flip.to}`;
    const incident = `${new Date(flip.to).toISOString()}#flip`;
    const isFolded = isTooMany('critical');
    open.groups[name] = {
      ...{ kind: 'flip', incident, calls: 0, isFolded, flip: flip.to },
      until: later(at, { minutes: longestDelay }),
    };
    open.ended.push({
      incident,
      at,
      since: null,
      status: 'touched',
      kinds: [...rules.kindsOf('StopLogging')],
      calls: 0,
      isFolded,
    });
    const severity = 'critical';
    make(incident, {
      id: 'flip',
      status: 'touched',
      severity,
      flip,
      cause: null,
      endedAt: at,
      isFolded,
    });
    if (!isFolded) tell(incident, 'touched');
  }

  /**
   * Whether a call belongs to an incident that it did not open: one that is being repaired, is open for drift such as it makes, or
   * ended after the call.
   */
  function joins(call: ApiCall): boolean {
    const makes = new Set(rules.kindsOf(call.eventName));
    const symptoms = Object.values(open.symptoms);
    const busy = symptoms.find((symptom) => isBusy(symptom, at) && makes.has(symptom.kind));
    const drift =
      plan && seen.find(({ kind }) => rules.mayHaveMade(planOf(plan, new Set([kind])), call));
    const made = drift && open.symptoms[drift.fingerprint]?.incident;
    const related = open.ended.filter(({ kinds }) => kinds.some((kind) => makes.has(kind)));
    const ended = call.at === null ? undefined : endedAfter(related, call.at);
    const incident = busy?.incident ?? made ?? ended?.incident;
    if (incident === undefined) return false;
    const { since = null } = open.incidents[incident] ?? ended ?? {};
    edit(incident, (stored) => {
      const isCulprit = stored.cause === null && hasMade(stored, call, since);
      return isCulprit ? { ...stored, cause: call } : { ...stored, also: listed(stored, call) };
    });
    // Whoever is at work on it tells it.
    if (busy !== undefined) return true;
    const told = open.incidents[incident] ?? ended;
    if (told !== undefined) count(told, incident, told.status);
    return true;
  }

  /** One more call is told at the first, and then at twice as many each time: a flood of calls is no flood of messages. */
  function count(told: Draft<Told>, incident: string, as: IncidentStatus): void {
    told.calls += 1;
    if (!told.isFolded && Number.isInteger(Math.log2(told.calls))) tell(incident, as);
  }

  function addToGroup(kind: 'attempted' | 'touched', severity: Severity): void {
    const { principal } = cause as ApiCall;
    const who = rules.hash(`${kind} ${principal.issuerArn ?? principal.arn ?? principal.name}`);
    const principals = Object.values(open.groups).filter((one) => one.kind === kind);
    const isOneOfMany = !(who in open.groups) && principals.length >= mostGroups;
    const name = isOneOfMany ? kind : who;
    const group = open.groups[name];
    // What ended an interruption belongs to it, whatever it set.
    const isNoOp = look.isNoOp && look.flip === null;
    if (group !== undefined) {
      edit(group.incident, (stored) => ({
        ...stored,
        count: stored.count + 1,
        also: listed(stored, cause),
        endedAt: at,
      }));
      if (!isNoOp) count(group, group.incident, kind);
      return;
    }
    if (isNoOp) return;
    const incident = `${look.incident}-${kind}`;
    const until = later(
      at,
      kind === 'touched' ? { minutes: lately } : { hours: rules.remindEvery },
    );
    const isFolded = kind === 'touched' && isTooMany(severity);
    open.groups[name] = { kind, incident, calls: 0, isFolded, flip: null, until };
    make(incident, {
      id: `${look.id}-${kind}`,
      status: kind,
      severity,
      ...(isOneOfMany ? { cause: null, also: [cause as ApiCall] } : { cause }),
      endedAt: at,
      isFolded,
    });
    if (!isFolded) tell(incident, kind);
  }

  /**
   * Whether one more incident is told in the digest. It is if there were many lately that were as grave: what is graver than what
   * comes and goes is told by itself.
   */
  function isTooMany(severity: Severity): boolean {
    const asGrave = open.opened.filter((one) => compareSeverity(one.severity, severity) <= 0);
    const isMany = asGrave.length >= rules.digestAfter;
    open.opened.push({ at, severity });
    if (open.digest === null) {
      if (isMany) startDigest(severity, false);
      return isMany;
    }
    const isGraver = compareSeverity(severity, open.digest.severity) < 0;
    if (isGraver && !isMany) return false;
    const { incident } = open.digest;
    if (isGraver) open.digest.severity = severity;
    open.digest.count += 1;
    edit(incident, (stored) => ({
      ...stored,
      count: stored.count + 1,
      also: listed(stored, cause),
      ...(isGraver && { severity }),
    }));
    const isFlood = !open.digest.isWar && Number.isInteger(Math.log2(open.digest.count));
    if (isGraver || isFlood) tellDigest();
    return true;
  }

  function startDigest(severity: Severity, isWar: boolean): void {
    const incident = `${at}#${look.id}-digest`;
    const count = Math.max(1, open.opened.length);
    open.digest = { incident, severity, isWar, count, remindAt: nextReminder() };
    make(incident, {
      ...{ id: `${look.id}-digest`, status: isWar ? 'war' : 'digest', severity, count },
      ...{ cause: null, also: cause === null ? [] : [cause] },
      outcome: isWar ? backedOffPart(outcome) : null,
    });
    tellDigest();
  }

  function tellDigest(): void {
    if (open.digest !== null) tell(open.digest.incident, open.digest.isWar ? 'war' : 'digest');
  }

  function remember(): void {
    open.requests.push(...look.requests);
    const written = outcome?.applied.filter((step) => step.status === 'applied') ?? [];
    for (const kind of new Set(written.map((step) => step.kind))) {
      for (const { path } of outcome === null ? [] : changesOf(outcome.plan, kind)) {
        const field = fieldName(kind, path);
        open.restores[field] = [...(open.restores[field] ?? []), at];
      }
    }
  }

  function whoseDoing(): Pick<Incident, 'cause' | 'also'> {
    if (cause === null) return { cause: null, also: [] };
    if (hasMade(look, cause, before.inSyncAt)) return { cause, also: [] };
    return { cause: null, also: outcome === null || isRelated(cause) ? [cause] : [] };
  }

  /**
   * Whether a call may have made the gravest of what was found since the trail was last in sync: whoever did less, or did it before,
   * is not to blame for that.
   */
  function hasMade(
    { flip, outcome }: Pick<Look, 'outcome' | 'flip'>,
    call: ApiCall,
    since: string | null,
  ): boolean {
    if (look.isNoOp) return false;
    if (flip !== null) return ['StopLogging', 'DeleteTrail'].includes(call.eventName);
    // A trail that was read as in sync was so at some time within the read lag.
    if (
      call.at !== null &&
      since !== null &&
      Date.parse(call.at) + 999 + readLagMs < Date.parse(since)
    )
      return false;
    return outcome !== null && rules.mayHaveMade(worstFindings(outcome.plan), call);
  }

  function make(incident: string, content: Partial<Incident>): void {
    change(incident, { outcome, ...content });
    contents.set(incident, { startedAt: at, ...contents.get(incident) });
  }

  function change(incident: string, content: Partial<Incident>): void {
    edit(incident, (stored) => ({ ...stored, ...content, changedAt: at }));
    const { outcome: _, ...small } = content;
    contents.set(incident, { ...contents.get(incident), ...small, changedAt: at });
  }

  /** A row that was lost on its way to the table is made of what is seen now. */
  function edit(incident: string, how: (stored: Incident) => Incident): void {
    edits.push({
      incident,
      edit(stored) {
        const edited = how(stored ?? blank(look, incident));
        return { ...edited, gaps: rules.gapsOf(edited, at) };
      },
    });
  }

  function tell(incident: string, to: IncidentStatus): void {
    const [before] = open.outbox.filter((telling) => telling.incident === incident);
    open.outbox = [
      ...open.outbox.filter((telling) => telling.incident !== incident),
      { incident, event: ownEventOf(to), content: before?.content ?? {} },
    ];
  }

  function wasMade(incident: string): boolean {
    return edits.some((one) => one.incident === incident);
  }

  function isOpen(incident: string): boolean {
    return Object.values(open.symptoms).some((symptom) => symptom.incident === incident);
  }

  function nextReminder(): string {
    return later(at, { hours: rules.remindEvery });
  }
}

/** An event that comes again after its incident has ended opens another one: that one stays as it ended. */
function nameFor({ cause, incident, id, startedAt }: Look, { events, incidents }: OpenIncidents) {
  const isOld = cause?.eventId != null && events.includes(cause.eventId);
  return isOld && !(incident in incidents) ? `${startedAt}#${id}-again` : incident;
}

/** How many own events are kept while the bus takes none: what they are about is in its rows. */
const mostTellings = 100;

/** The calls that make a flip. */
const flipping = new Set(['StopLogging', 'StartLogging', 'DeleteTrail', 'CreateTrail']);

/** How many principals are told apart, in attempts and touches each; what is more is one group. */
const mostGroups = 20;

function statusOf({ outcome, problem }: Look): IncidentStatus {
  if (outcome === null || problem !== null) return 'broken';
  const summed = verdict(outcome);
  return summed === 'in-sync' ? 'recovered' : summed;
}

/** An incident of which nothing is known yet but what this look saw. */
const blank = (
  { id, trail, at, outcome, problem, cause }: Look,
  incident = `${at}#${id}`,
): Incident => ({
  id: incident.slice(incident.indexOf('#') + 1),
  trail,
  status: 'detected',
  severity: 'high',
  startedAt: at,
  endedAt: null,
  cause: incident.endsWith(id) ? cause : null,
  also: [],
  count: 1,
  reminders: 0,
  outcome,
  hold: null,
  flip: null,
  gaps: [],
  problem,
  isFolded: false,
});

const listed = ({ also }: Incident, cause: ApiCall | null): readonly ApiCall[] =>
  cause === null ? also : [...also, cause].slice(-longestList);

/** The incident that ended next after a call. Events tell the second in which a call was made, and no more. */
function endedAfter<One extends Ended>(ended: readonly One[], at: string): One | undefined {
  const [start, end] = [Date.parse(at), Date.parse(at) + 999];
  return (
    ended.find((one) => Date.parse(one.at) > end) ??
    ended.findLast((one) => Date.parse(one.at) >= start)
  );
}
