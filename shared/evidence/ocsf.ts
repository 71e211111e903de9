import * as z from 'zod';
import type { Severity } from '#drift/impact.ts';
import { renderRecoverability } from '#gaps/render-gap.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { callsWithCause } from './call-evidence.ts';
import type { CallEvidence, Evidence, IncidentEvidence } from './evidence.ts';
import { endingOf } from './summary.ts';

/** The version of OCSF of the findings. Source: https://schema.ocsf.io/1.5.0/classes/detection_finding. */
export const ocsfVersion = '1.5.0';

/** An event of the class Detection Finding. */
export type OcsfFinding = Readonly<Record<string, unknown>> & { readonly class_uid: 2004 };

/** The incidents as OCSF findings, one each. */
export const ocsfFindings = ({ trails, generator }: Evidence): readonly OcsfFinding[] =>
  trails.flatMap(({ incidents }) => incidents.map((one) => findingOf(one, generator)));

const classUid = 2004;

function findingOf(incident: IncidentEvidence, generator: string): OcsfFinding {
  const { name, region, accountId, partition } = parseTrailArn(incident.trail);
  const activity = activityOf(incident);
  return {
    ...{ category_uid: 2, category_name: 'Findings' },
    ...{ class_uid: classUid, class_name: 'Detection Finding' },
    ...{ activity_id: activity.id, activity_name: activity.name },
    ...{ type_uid: classUid * 100 + activity.id, type_name: `Detection Finding: ${activity.name}` },
    ...severityOf[incident.severity],
    ...statusOf(incident),
    time: milliseconds(incident.openedAt),
    start_time: firstTime(incident),
    end_time: milliseconds(incident.updatedAt),
    message: incident.title,
    is_alert: incident.isUnresolved,
    metadata: {
      version: ocsfVersion,
      profiles: ['cloud'],
      product: { name: 'trailkeeper', vendor_name: 'trailkeeper', version: generator },
      uid: incident.id,
    },
    cloud: {
      ...{ provider: 'AWS', region, cloud_partition: partition, account: { uid: accountId } },
    },
    finding_info: findingInfo(incident),
    evidences: evidencesOf(incident),
    resources: [
      {
        ...{ uid: incident.trail, name, type: 'AWS::CloudTrail::Trail', region },
        cloud_partition: partition,
        owner: { account: { uid: accountId } },
      },
    ],
    remediation: { desc: `${incident.callToAction} State: ${endingOf(incident)}.` },
    unmapped: { state: incident.state, gaps: incident.gaps, record: incident.record },
  };
}

function findingInfo(incident: IncidentEvidence): object {
  const { id, title, openedAt, updatedAt, episodes, gaps } = incident;
  const impacts = episodes.flatMap(({ changes }) => changes.map(({ description }) => description));
  const lost = gaps.flatMap(({ recoverability }) =>
    recoverability === null ? [] : renderRecoverability(recoverability),
  );
  return {
    ...{ uid: id, title, desc: [...new Set([title, ...impacts, ...lost])].join('. ') },
    created_time: milliseconds(openedAt),
    modified_time: milliseconds(updatedAt),
    first_seen_time: firstTime(incident),
    last_seen_time: milliseconds(updatedAt),
    types: [...new Set(episodes.flatMap(({ changes }) => changes.map(({ kind }) => kind)))],
    analytic: { name: 'comparison with the baseline', type: 'Rule', type_id: 1 },
    data_sources: ['AWS CloudTrail'],
  };
}

/** The calls of an incident. If none is known, the record of trailkeeper is the evidence. */
function evidencesOf(incident: IncidentEvidence): readonly object[] {
  const { record, state } = incident;
  const calls = callsWithCause(incident);
  if (calls.length === 0) return [{ name: 'trailkeeper incident', data: { state, ...record } }];
  return calls.map(evidenceOfCall);
}

function evidenceOfCall(call: CallEvidence): object {
  const { eventId, requestId, eventName, sourceIp, error, effect, at, region } = call;
  return {
    name: 'CloudTrail event',
    ...(eventId !== null && { uid: eventId }),
    actor: actorOf(call),
    api: {
      operation: eventName,
      ...(requestId !== null && { request: { uid: requestId } }),
      ...(error !== null && {
        response: {
          error: error.code,
          ...(error.message !== null && { error_message: error.message }),
        },
      }),
    },
    ...(sourceIp !== null && {
      src_endpoint: isIp(sourceIp) ? { ip: sourceIp } : { svc_name: sourceIp },
    }),
    data: { at, region, effect },
  };
}

function actorOf({ principal, via }: CallEvidence): object {
  const { name, arn, type, accountId, issuer, mfa } = principal;
  return {
    user: {
      ...{ name, type, type_id: userTypes.get(type) ?? 99 },
      ...(arn !== null && { uid: arn }),
      ...(accountId !== null && { account: { uid: accountId } }),
    },
    ...((issuer !== null || mfa !== null) && {
      session: { ...(issuer !== null && { issuer }), ...(mfa !== null && { is_mfa: mfa }) },
    }),
    ...(via !== null && { invoked_by: via }),
  };
}

/** `user.type_id`: 1 User, 2 Admin, 3 System; 99 is any other, which `type` names. */
const userTypes: ReadonlyMap<string, number> = new Map([
  ['IAMUser', 1],
  ['Root', 2],
  ['AWSService', 3],
]);

const isIp = (text: string): boolean => z.union([z.ipv4(), z.ipv6()]).safeParse(text).success;

const severityOf: Readonly<Record<Severity, object>> = {
  critical: { severity_id: 5, severity: 'Critical' },
  high: { severity_id: 4, severity: 'High' },
  medium: { severity_id: 3, severity: 'Medium' },
  low: { severity_id: 2, severity: 'Low' },
};

/** A finding is resolved once nothing is left; trailkeeper works on it while it repairs, or waits to. */
function statusOf({ state, isUnresolved }: IncidentEvidence): object {
  if (!isUnresolved) return { status_id: 4, status: 'Resolved' };
  const isInProgress = ['detected', 'backing-off', 'suspended', 'awaiting-approval'].includes(
    state,
  );
  return isInProgress ? { status_id: 2, status: 'In Progress' } : { status_id: 1, status: 'New' };
}

function activityOf({ closedAt, openedAt, updatedAt }: IncidentEvidence): {
  readonly id: number;
  readonly name: string;
} {
  if (closedAt !== null) return { id: 3, name: 'Close' };
  return openedAt === updatedAt ? { id: 1, name: 'Create' } : { id: 2, name: 'Update' };
}

/** When the first thing happened that belongs to an incident. */
function firstTime({ openedAt, calls, cause, gaps }: IncidentEvidence): number {
  const times = [
    openedAt,
    cause?.at,
    ...calls.map(({ at }) => at),
    ...gaps.map(({ from }) => from),
  ];
  return Math.min(...times.flatMap((at) => (at == null ? [] : milliseconds(at))));
}

/** `timestamp_t`: milliseconds since 1970. */
const milliseconds = (at: string): number => Date.parse(at);
