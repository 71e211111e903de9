import type { Severity } from '#drift/impact.ts';
import { describeHole, holeOf, moment, timeBetween } from '#gaps/hole.ts';
import { describeInterruption } from '#gaps/logging-interruption.ts';
import { renderRemains } from '#gaps/render-gap.ts';
import {
  type Incident,
  isCutShort,
  type TamperEvent,
  type TamperedPart,
} from '#incident/incident.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding, Plan } from '#reconcile/plan.ts';
import { renderImpacts, renderValue } from '#reconcile/render-plan.ts';
import { type Json, without } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { toolOf } from '#trail/user-agent.ts';
import { eventLink, logsLink } from './links.ts';
import { tamperingWords, wordsOf } from './wording.ts';

/**
 * What people are told of an incident, in plain words, whichever the channel. Each text shows what an attacker wrote and acts on
 * nothing; what a channel's own markup would act on is the channel's to escape.
 */
export type Alert = {
  readonly id: string;
  readonly icon: string;
  readonly title: string;
  readonly severity: Severity;
  /** What it asks of whoever reads it. */
  readonly callToAction: string;
  /** What it costs, the gravest first. */
  readonly impacts: readonly string[];
  /** What is left, and what a person has to do about it. */
  readonly todo: Section;
  readonly facts: readonly Fact[];
  readonly parts: readonly Section[];
  readonly links: readonly Link[];
  /** Whether it asks something of a person now. */
  readonly needsAction: boolean;
};

export type Fact = { readonly label: string; readonly value: string };

/** Lines under a heading; `isCode`: values as they are, to be compared. */
export type Section = {
  readonly heading: string;
  readonly lines: readonly string[];
  readonly isCode: boolean;
};

export type Link = { readonly text: string; readonly url: string };

/** Where the functions write their logs. */
export type Logs = { readonly region: string; readonly groups: readonly string[] };

/** The alert of an incident as it is now. */
export function alertOf(incident: Incident, logs: Logs): Alert {
  const { id, trail, severity, startedAt, endedAt } = incident;
  const { name } = parseTrailArn(trail);
  const outcome = incident.outcome && wholeOf(incident.outcome);
  return {
    id: shown(id),
    severity,
    ...wordsOf(incident, name),
    impacts: impactsOf(incident, outcome),
    todo: leftOver(incident, outcome),
    facts: [...causeFacts(incident), ...timeFacts(incident), ...placeFacts(trail)],
    parts: [
      recordLeft(incident),
      differences(incident, outcome, incident.outcome === null ? 0 : cutOff(incident.outcome.plan)),
      doneFor(incident, outcome),
      furtherCalls(incident),
    ].filter(({ lines }) => lines.length > 0),
    links: linksOf(incident.cause, logs, { id, from: startedAt, to: endedAt ?? startedAt }),
  };
}

/** The alert of what was done to trailkeeper itself. */
export function tamperingAlertOf(tampering: TamperEvent, logs: Logs): Alert {
  const { id, cause, faults, changes } = tampering;
  const at = tampering.foundAt ?? tampering.at;
  const isNews = changes !== undefined && faults.length === 0;
  const heading =
    changes === undefined ? 'What is not as deployed' : 'What is not as it was signed';
  return {
    id: shown(id),
    severity: isNews ? 'medium' : 'critical',
    ...tamperingWords(tampering),
    impacts: [],
    todo: { heading: '', lines: [], isCode: false },
    facts: [
      ...(cause === null ? [] : callFacts(cause)),
      ...partFacts(tampering.part),
      ...fact('When', moment(at)),
    ],
    parts: [
      { heading, lines: faults.map(shown), isCode: true },
      { heading: 'What was written', lines: (changes ?? []).map(shown), isCode: true },
    ].filter(({ lines }) => lines.length > 0),
    links: linksOf(cause, logs, { id, from: at, to: at }),
  };
}

/** One line for a notification: `CRITICAL: org-trail is NOT restored: nothing is recorded`. */
export function headline({ severity, title, impacts }: Alert): string {
  const [gravest = ''] = impacts;
  const cost = gravest.replace(/^(?:(?:critical|high|medium|low): )?(?=.)/, ': ');
  return cut(`${severity.toUpperCase()}: ${title}${cost}`, 300);
}

/** A text of an outsider on one line, and no longer than it is worth. */
const shown = (text: string): string => cut(escapeControlChars(text), longest);

const longest = 500;

export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;

const fact = (label: string, value: string | null): readonly Fact[] =>
  value === null ? [] : [{ label, value: shown(value) }];

const isTold = ({ status }: Incident): boolean => !['attempted', 'touched'].includes(status);

function impactsOf(incident: Incident, outcome: Outcome | null): readonly string[] {
  if (incident.status === 'broken') return fact('', incident.problem).map(({ value }) => value);
  if (outcome === null || !isTold(incident)) return [];
  return renderImpacts(planToTell(outcome)).map((line) => cut(line, longest));
}

/** What is left, or where nothing is, what was found. */
const planToTell = ({ plan, verified }: Outcome): Plan =>
  driftsIn(verified).length > 0 ? verified : plan;

function placeFacts(trail: string): readonly Fact[] {
  const { name, accountId, region } = parseTrailArn(trail);
  return fact('Trail', `${name}, of account ${accountId}, in ${region}`);
}

function causeFacts(incident: Incident): readonly Fact[] {
  const { cause, also, hold, status } = incident;
  if (hold !== null) {
    return [
      ...fact('Kinds', hold.kinds.join(', ')),
      ...fact('Asked for by', hold.by),
      ...fact('Because', hold.reason),
      ...endFacts(hold.until, incident),
    ];
  }
  if (cause !== null) return callFacts(cause);
  return ['broken', 'digest', 'war'].includes(status)
    ? []
    : fact(
        'Who',
        also.length === 0
          ? 'not known: no event told, a look at the trail found it'
          : 'not known: none of the further calls is known to have made it',
      );
}

function partFacts(part: TamperedPart | undefined): readonly Fact[] {
  if (part === undefined) return [];
  const { names, account, region } = part;
  return [
    ...fact('Part', names.join(', ') || null),
    ...fact('Where', account && region && `account ${account}, ${region}`),
  ];
}

/** When a Hold ends, or was seen to be over. */
function endFacts(until: string, incident: Incident): readonly Fact[] {
  const { endedAt } = incident;
  if (endedAt === null) return fact('Ends', moment(until));
  return isCutShort(incident)
    ? fact('Ended', `early, by ${moment(endedAt)}; it was to last until ${moment(until)}`)
    : fact('Ended', moment(until));
}

/** Who did it, from where and through what. */
function callFacts(cause: ApiCall): readonly Fact[] {
  const { eventName, error, principal, sourceIp, selfTriggered } = cause;
  const failure = error === null ? '' : `, which failed: ${error.code}`;
  const tool = toolOf(cause);
  return [
    ...fact('Who', `${whoIs(principal)}${selfTriggered ? ': trailkeeper itself' : ''}`),
    ...fact('Did', `${eventName}${failure}`),
    ...fact('From', sourceIp),
    ...fact('Through', tool === null || cause.via !== null ? tool : `${tool}, by its user agent`),
    ...fact('MFA', mfaOf(principal)),
  ];
}

/** Records of an Identity Center session do not tell of the MFA that Identity Center itself asked for. */
function mfaOf({ mfa, type }: ApiCall['principal']): string {
  if (mfa === true) return 'yes';
  return mfa === null || type === 'SSO' ? 'not on record' : 'NO';
}

/** A principal for people: `alice@example.com, an Identity Center session of AdministratorAccess (account 111122223333)`. */
function whoIs({ type, name, issuer, accountId }: ApiCall['principal']): string {
  const what = sorts[type] ?? type;
  const of = issuer === null ? '' : ` of ${issuer}`;
  const account = accountId === null ? '' : ` (account ${accountId})`;
  return `${name}, ${what}${of}${account}`;
}

/** Source: CloudTrail user guide, "CloudTrail userIdentity element". */
const sorts: Readonly<Record<string, string>> = {
  Root: 'the root user',
  IAMUser: 'an IAM user',
  AssumedRole: 'a session',
  FederatedUser: 'a federated user',
  SSO: 'an Identity Center session',
  IdentityCenterUser: 'an Identity Center user',
  AWSAccount: 'somebody of another account',
  AWSService: 'an AWS service',
  SAMLUser: 'a user by SAML',
  WebIdentityUser: 'a user by web identity',
};

function timeFacts(incident: Incident): readonly Fact[] {
  const { status, count, reminders, flip } = incident;
  const hole = holeOf(incident);
  return [
    ...fact('When', whenOf(incident)),
    ...(hole === null ? [] : fact('The record', describeHole(hole))),
    ...fact('The record', flip && describeInterruption(flip)),
    ...(count > 1 && ['touched'].includes(status) ? fact('Calls', String(count)) : []),
    ...(reminders === 0 ? [] : fact('Reminder', String(reminders))),
  ];
}

/** What is left of what was not recorded, each thing once. */
function recordLeft({ gaps }: Incident): Section {
  const lines = gaps.filter(isNotTruncated).flatMap(({ remains }) => {
    return remains === null ? ['what was missing is not known'] : renderRemains(remains);
  });
  const heading = 'What is left of what was not recorded';
  return { heading, lines: [...new Set(lines.map(shown))], isCode: false };
}

/** When it was done, and how much later it was found and over: `2026-11-22 03:12:07 UTC, found 2 s later, read back 4 s later`. */
function whenOf({ cause, startedAt, endedAt, status, hold }: Incident): string {
  const at = cause?.at ?? null;
  const since = at ?? startedAt;
  const found = at === null || hold !== null ? '' : `, found ${timeBetween(at, startedAt)} later`;
  const ending = { restored: 'read back', recovered: 'as it must be' }[status as string];
  const ended =
    ending === undefined || endedAt === null
      ? ''
      : `, ${ending} ${timeBetween(since, endedAt)} later`;
  return `${at === null && hold === null ? 'found ' : ''}${moment(since)}${found}${ended}`;
}

function differences({ status }: Incident, outcome: Outcome | null, more: number): Section {
  const heading = ['restored', 'recovered'].includes(status)
    ? 'What was different'
    : 'What differs';
  const drifts = outcome === null ? [] : driftsIn(planToTell(outcome));
  const gone = drifts.some(({ drift }) => isGone(drift)) ? ['the trail does not exist'] : [];
  const others = drifts.filter(({ drift }) => !isGone(drift));
  const lines = [...gone, ...others.flatMap(({ kind, drift }) => renderDrift(kind, drift))];
  return {
    heading,
    lines: more === 0 ? lines : [...lines, `… and ${more} more differences`],
    isCode: true,
  };
}

const isGone = ({ path, actual }: Drift): boolean => path === '' && actual === null;

/** A change as lines to compare: the field, what it must be, what was found. */
function renderDrift(kind: string, { path, desired, actual }: Drift): readonly string[] {
  const field = shown([kind, path].filter(Boolean).join('.'));
  const lines =
    isList(desired) && isList(actual)
      ? [
          ...without(desired, actual).map((item) => `lacks     ${value(item)}`),
          ...without(actual, desired).map((item) => `has extra ${value(item)}`),
        ]
      : [`must be   ${value(desired)}`, `found     ${value(actual)}`];
  return [field, ...lines.map((line) => `  ${line}`)];
}

const value = (json: Json): string => cut(renderValue(json), longest);
const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

function doneFor({ endedAt }: Incident, outcome: Outcome | null): Section {
  const applied = (outcome?.applied ?? []).filter(({ status }) => status === 'applied');
  const lines = [...new Set(applied.map(({ kind, action }) => shown(`${action}, for ${kind}`)))];
  const isBack = outcome !== null && driftsIn(outcome.verified).length === 0;
  const readBack = isBack && endedAt !== null ? [`and read it back at ${moment(endedAt)}`] : [];
  const heading = 'What trailkeeper did';
  return { heading, lines: lines.length === 0 ? [] : [...lines, ...readBack], isCode: false };
}

/** What is not as it must be, why, and what a person has to do about it. */
function leftOver(incident: Incident, outcome: Outcome | null): Section {
  const isOver = ['detected', 'restored', 'recovered'].includes(incident.status);
  const findings = outcome === null || isOver || !isTold(incident) ? [] : outcome.verified.findings;
  const lines = findings.flatMap((finding) => leftOf(finding, outcome as Outcome));
  return { heading: 'What is left, and what to do', lines: [...new Set(lines)], isCode: false };
}

function leftOf(finding: Finding, { mode, applied }: Outcome): readonly string[] {
  if (finding.status === 'unknown') {
    return [shown(`${finding.kind} can not be read: ${finding.reason}`)];
  }
  if (finding.status !== 'drifted') return [];
  const { kind, withheld, changes, steps } = finding;
  const fields = shown(
    `${kind}: ${changes.map(({ path }) => path || 'the trail itself').join(', ')}`,
  );
  if (withheld?.by === 'hold') {
    const { until, hold, askedBy } = withheld;
    return [
      `${fields}: held until ${moment(until)} by the Hold ${shown(hold)}, which ${shown(askedBy)} asked for`,
    ];
  }
  if (withheld?.by === 'pace') return [`${fields}: waits for the next sweep`];
  if (withheld?.by === 'gate') {
    return [
      `${fields}: stood there before trailkeeper first enforced this version; a person decides`,
    ];
  }
  const failures = applied.filter((step) => step.kind === kind).flatMap(failureOf);
  if (failures.length > 0) return failures;
  if (changes.every(({ treatment }) => treatment === 'alert')) {
    return [`${fields}: told only, as the policy of the baseline says`];
  }
  if (mode === 'observe') {
    const actions = [...new Set(steps.map(({ action }) => action))].join(', ');
    return [
      `${fields}: only observed${actions === '' ? '' : shown(`; ${actions} would restore it`)}`,
    ];
  }
  return [`${fields}: only a person may undo it`];
}

/** Why a step failed, and the remedy where one is known. */
function failureOf(step: AppliedStep): readonly string[] {
  if (step.status !== 'failed') return [];
  const { action, error, message, remedy } = step;
  const failure = `${action} failed: ${error}: ${message}`;
  if (remedy === null) return [shown(failure)];
  return [shown(`${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)} (${failure})`)];
}

function furtherCalls({ also }: Incident): Section {
  const calls = also.filter(isNotTruncated).map(({ eventName, at, principal, error }) => {
    const when = at === null ? '' : ` at ${moment(at)}`;
    const failure = error === null ? '' : `, which failed: ${error.code}`;
    return shown(`${eventName}${when} by ${whoIs(principal)}${failure}`);
  });
  return { heading: 'Further calls', lines: calls, isCode: false };
}

function linksOf(
  cause: ApiCall | null,
  { region, groups }: Logs,
  { id, from, to }: { readonly id: string; readonly from: string; readonly to: string },
): readonly Link[] {
  const event = cause?.eventId ? eventLink(cause.region, cause.eventId) : null;
  const log = logsLink({
    region,
    logGroups: groups,
    query: `fields @timestamp, level, message, trail, by\n| filter @message like /${id.replace(/[^\w-]/g, '.')}/\n| sort @timestamp asc`,
    from: shifted(from, -10),
    to: shifted(to, 60),
  });
  return [
    ...(event === null ? [] : [{ text: 'The event in CloudTrail', url: event }]),
    ...(log === null ? [] : [{ text: 'The log of trailkeeper', url: log }]),
  ];
}

const shifted = (iso: string, minutes: number): string =>
  new Date(Date.parse(iso) + minutes * 60_000).toISOString();

const driftsIn = ({
  findings,
}: Plan): readonly { readonly kind: string; readonly drift: Drift }[] =>
  findings.flatMap((finding) =>
    finding.status === 'drifted'
      ? finding.changes.map((drift) => ({ kind: finding.kind, drift }))
      : [],
  );

/** What is kept of an outcome is bounded: a list that was cut ends in a text that says so, and is told without it. */
function wholeOf(outcome: Outcome): Outcome {
  const ofPlan = (plan: Plan): Plan => ({
    ...plan,
    findings: plan.findings
      .filter(isNotTruncated)
      .map((finding) =>
        finding.status === 'drifted'
          ? { ...finding, changes: finding.changes.filter(isNotTruncated) }
          : finding,
      ),
  });
  return {
    ...outcome,
    plan: ofPlan(outcome.plan),
    applied: outcome.applied.filter(isNotTruncated),
    verified: ofPlan(outcome.verified),
  };
}

/** How many changes were cut off. */
const cutOff = ({ findings }: Plan): number =>
  findings
    .flatMap((finding) => (finding.status === 'drifted' ? finding.changes : []))
    .map((change: unknown) => (typeof change === 'string' ? change : ''))
    .reduce((sum, mark) => sum + Number(/\((\d+) more\)$/.exec(mark)?.[1] ?? 0), 0);
